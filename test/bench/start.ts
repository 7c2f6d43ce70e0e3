/**
 * Entry of `npm run bench:start`: what is felt first. The size of the npm package, and milliseconds from the start of
 * the bundle to its end, in turn with a Node that does nothing. The processor's count, the clock's tell how busy the machine is. Exits with 1 where a figure is missed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzip, tar } from '../../release/archive.ts'
import { npmPackage } from '../../release/npm-package.ts'
import { buildProgram } from '../../release/program.ts'
import { projectRoot, projectVersion } from '../../release/project.ts'
import { atMost, judge, median } from './figure.ts'

const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-start-'))
const { bundle, notices } = await buildProgram()
const release = { version: projectVersion(), source: '', image: '', date: '1970-01-01' }
const archive = await tar(npmPackage('.', release, bundle, { notices, sbom: '' }))
const tarball = join(folder, 'package.tar')
writeFileSync(tarball, archive)
spawnSync('tar', ['--extract', '--file', tarball, '--directory', folder])

const bin = join(folder, 'bin.js')
const input = join(projectRoot, 'test/fixtures/manifests/check/mixed/input.yaml')
const starts: Readonly<Record<string, readonly string[]>> = {
  'node --eval 0': ['--eval', '0'],
  '--version': [bin, '--version'],
  '--help': [bin, '--help'],
  'check, a file of 6 objects': [bin, 'check', '-f', input]
}
const times = new Map<string, Times>(
  Object.keys(starts).map((name) => [name, { wall: [], cpu: [] }])
)

interface Times {
  readonly wall: number[]
  readonly cpu: number[]
}

/** Milliseconds of one start, by the clock and by the processor. */
function start(args: readonly string[], into: Times): void {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'cache') }
  const script =
    'const{spawnSync}=require("node:child_process");const t=performance.now();' +
    'spawnSync(process.execPath,process.argv.slice(1),{stdio:"ignore"});const w=performance.now()-t;' +
    'const{readFileSync}=require("node:fs");const s=readFileSync("/proc/self/stat","utf8").split(") ")[1].split(" ");' +
    'console.log(JSON.stringify([w,(Number(s[13])+Number(s[14]))*10]))'
  const { stdout } = spawnSync(process.execPath, ['--eval', script, '--', ...args], { env })
  const [wall = 0, cpu = 0] = JSON.parse(stdout.toString())
  into.wall.push(wall)
  into.cpu.push(cpu)
}

try {
  for (let round = 0; round < 16; round++) {
    for (const [name, args] of Object.entries(starts)) {
      const found = times.get(name)
      if (found !== undefined && round > 0) start(args, found)
      else start(args, { wall: [], cpu: [] }) // fills the compile cache
    }
  }
  console.log(`npm package: ${gzip(archive).length} bytes packed, ${archive.length} unpacked\n`)
  console.log('start to end                 ms (median)  ms (best)  CPU ms (median)')
  for (const [name, { wall, cpu }] of times) {
    const figures = [median(wall), Math.min(...wall), median(cpu)]
    console.log(
      `${name.padEnd(28)} ${figures.map((value) => value.toFixed(0).padStart(10)).join(' ')}`
    )
  }
  console.log()
  const help = times.get('--help')
  judge([
    atMost('ms of the processor for --help, the median of 15 starts:', median(help?.cpu ?? []), 100)
  ])
} finally {
  rmSync(folder, { recursive: true })
}
