import { createHash } from 'node:crypto'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execute } from './execute.ts'
import { cacheFolder, type Tool, type ToolName, tool } from './toolchain.ts'

/** Receives one line of progress at a time. */
export type Progress = (line: string) => void

const present = async ({ binary }: Tool): Promise<boolean> =>
  access(binary).then(
    () => true,
    () => false
  )

// An abstract socket is a lock that the kernel gives back however its holder ends.
const tryLock = async (key: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(`\0spiffe-webhook-${createHash('sha256').update(key).digest('hex')}`, () =>
      resolve(() => server.close())
    )
  })

/** Waits until nobody on this machine holds the lock of this name, takes it, and answers how to give it back. */
export const lock = async (key: string, progress: Progress): Promise<() => void> => {
  for (let waited = 0; ; waited++) {
    const unlock = await tryLock(key)
    if (unlock !== undefined) return unlock
    if (waited % 30 === 0) progress('waiting for another build to end')
    await sleep(1000)
  }
}

const build = async (wanted: Tool): Promise<void> => {
  const unfinished = `${wanted.binary}.unfinished`
  await mkdir(dirname(wanted.binary), { recursive: true })
  const args = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-tags',
    wanted.tags,
    '-ldflags',
    wanted.linkerFlags
  ]
  try {
    await execute('go', [...args, '-o', unfinished, wanted.package], {
      folder: wanted.folder,
      env: { ...process.env, CGO_ENABLED: wanted.cgo ? '1' : '0', GOWORK: 'off', GOFLAGS: '' }
    })
    await rename(unfinished, wanted.binary)
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** Says when a piece of work begins, that it goes on, and how long it took. */
export const aloud = async (
  title: string,
  place: string,
  progress: Progress,
  work: () => Promise<void>
): Promise<void> => {
  const began = Date.now()
  const seconds = (): number => Math.round((Date.now() - began) / 1000)
  progress(`${place} building ${title}`)
  const heartbeat = setInterval(
    () => progress(`${place} still building ${title}, ${seconds()} s`),
    30_000
  )
  try {
    await work()
  } finally {
    clearInterval(heartbeat)
  }
  progress(`${place} built ${title} in ${seconds()} s`)
}

/** Builds what the cache lacks, one tool after the other; two callers at once wait for each other. */
export const buildTools = async (names: readonly ToolName[], progress: Progress): Promise<void> => {
  const missing = async (): Promise<Tool[]> => {
    const tools = names.map(tool)
    const found = await Promise.all(tools.map(present))
    return tools.filter((_, index) => found[index] === false)
  }
  if ((await missing()).length === 0) return
  const unlock = await lock(cacheFolder(), progress)
  try {
    const todo = await missing()
    for (const [index, wanted] of todo.entries()) {
      const title = `${wanted.name} ${wanted.version}`
      await aloud(title, `[${index + 1}/${todo.length}]`, progress, () => build(wanted))
    }
  } finally {
    unlock()
  }
}
