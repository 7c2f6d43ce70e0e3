import { execute } from '../execute.ts'
import { type ToolName, tool } from '../toolchain.ts'

/** The folder with the sources that a tool was built from, in Go's module cache. */
export const moduleFolder = async (name: ToolName, module: string): Promise<string> => {
  const { folder } = tool(name)
  const { stdout } = await execute('go', ['mod', 'download', '-json', module], { folder })
  const { Dir } = JSON.parse(stdout)
  return Dir
}
