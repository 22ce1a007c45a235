import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { type Install, ROOT, runProject } from '../support/lab.js'

const M = `${ROOT}/.matrix`
const all: Install[] = [
  {
    runner: 'vitest',
    version: '3.2.7',
    modules: `${M}/vitest-3.2.7/node_modules`,
    node: process.execPath,
    reporter: ROOT,
  },
  { runner: 'vitest', version: '4.1.12', modules: `${ROOT}/node_modules`, node: process.execPath, reporter: ROOT },
  {
    runner: 'vitest',
    version: '5.1.1',
    modules: `${M}/vitest-5.1.1/node_modules`,
    node: `${M}/node-22/node_modules/node/bin/node`,
    reporter: ROOT,
  },
  {
    runner: 'jest',
    version: '29.7.0',
    modules: `${M}/jest-29.7.0/node_modules`,
    node: process.execPath,
    reporter: ROOT,
  },
  { runner: 'jest', version: '30.5.2', modules: `${ROOT}/node_modules`, node: process.execPath, reporter: ROOT },
]
const names = (process.env.S ?? 'results').split(',')
for (const i of all.filter((x) =>
  (process.env.R ?? '').split(',').some((r) => `${x.runner}${x.version}`.startsWith(r)),
))
  for (const s of names)
    it(`${i.runner}${i.version} ${s}`, async () => {
      const t = Date.now()
      const r = await runProject(i, s, {
        timeoutMs: 25000,
        args: (process.env.A ?? '').split(' ').filter(Boolean),
      })
      console.log(
        i.runner,
        i.version,
        s,
        'code',
        r.code,
        r.signal,
        Date.now() - t,
        'outcome',
        r.run?.outcome,
        r.run ? '' : (r.stdout + r.stderr).slice(-700),
      )
      for (const e of r.run?.errors ?? [])
        console.log('  RUNERR', e.kind, e.name, e.message.slice(0, 200), JSON.stringify(e.location))
      for (const o of r.run?.output ?? []) console.log('  RUNOUT', JSON.stringify(o).slice(0, 200))
      for (const m of r.run?.modules ?? []) {
        console.log(
          ' M',
          m.project,
          m.file,
          m.kind,
          m.pool,
          m.status,
          m.rawStatus,
          m.errors.map((e) => `${e.kind}/${e.hook}/${e.name}: ${e.message.slice(0, 90)}`),
          JSON.stringify(m.output).slice(0, 200),
          JSON.stringify(m.suites).slice(0, 120),
        )
        for (const t of m.tests)
          if (!process.env.Q || t.title.includes(process.env.Q))
            console.log(
              '   ',
              t.path.join('>'),
              t.title,
              t.ordinal,
              t.status,
              t.notRunCause,
              t.reason,
              t.flaky,
              t.attempts.length,
              t.errors.map(
                (e) =>
                  `${e.kind}/${e.hook}/${e.name}: ${e.message.slice(0, 60)} @${e.location?.line} cause=${e.cause?.name}:${e.cause?.message} errors=${e.errors?.length}`,
              ),
              t.output.length,
            )
      }
      console.log(
        '  REPORTS',
        r.reports.map((x) => `${x.length} ${/jux:outcome" value="(.*?)"/.exec(x)?.[1]}`),
        r.stderr
          .split('\n')
          .filter((l) => /jux |error |code |sha256/.test(l))
          .join('|')
          .slice(0, 400),
      )
      writeFileSync(`/tmp/g/lab-${i.runner}${i.version}-${s}.txt`, r.stdout + r.stderr + JSON.stringify(r.run, null, 1))
    }, 60000)
