import type { PodRule } from '../../src/guard/rules/rule.ts'

/** A rule as a newcomer would write it: one file. Whatever asks for rules must take it up from the list alone. */
export const madeUpRule: PodRule<'GlusterVolume'> = {
  about: 'pod',
  reasons: {
    GlusterVolume: { meaning: 'A volume is of GlusterFS.', remedy: 'use another file system' }
  },
  sees: () => [{ verdict: 'deny', volume: 'has(v.glusterfs)' }],
  *find({ spec }) {
    for (const [index, volume] of (spec?.volumes ?? []).entries()) {
      if (volume.glusterfs === undefined) continue
      yield {
        verdict: 'deny',
        reason: 'GlusterVolume',
        keys: ['spec', 'volumes', index, 'glusterfs'],
        subject: volume.name,
        what: `volume ${volume.name} is of GlusterFS`,
        remedy: 'use another file system'
      }
    }
  }
}
