/**
 * All projects, each with how its latest runs went.
 *
 * @module
 */
import type { Glance } from '../queries/pages.js'
import { OutcomeStrip } from './charts.js'
import { formatCount, formatDuration, formatPercent, formatShortTime } from './format.js'
import type { Page } from './layout.js'
import { projectPath, runPath, runsPath } from './links.js'
import { Foreign, runVerdict, Time, VerdictMark, WORDS } from './parts.js'
import { numbers, Table, texts } from './table.js'
import { Welcome } from './welcome.js'

/** What the page is made of. */
export interface ProjectsPageParts {
  readonly projects: readonly { readonly project: string; readonly runs: number }[]
  /** Latest first. */
  readonly latest: readonly Glance[]
  readonly serverUrl: string
  readonly nowMs: number
}

/** Makes the page. */
export function projectsPage({ projects, latest, serverUrl, nowMs }: ProjectsPageParts): Page {
  if (projects.length === 0) return { title: 'Welcome', section: 'projects', body: <Welcome serverUrl={serverUrl} /> }
  const body = (
    <>
      <h1>Projects</h1>
      <Table
        panel
        columns={[...texts('Project', 'Latest', 'Lately'), ...numbers('Pass rate', 'Duration', 'Runs', 'Arrived')]}
      >
        {projects.map(({ project, runs }) => (
          <ProjectLine
            project={project}
            runs={runs}
            latest={latest.filter((run) => run.project === project)}
            nowMs={nowMs}
          />
        ))}
      </Table>
    </>
  )
  return { title: 'Projects', section: 'projects', body }
}

function ProjectLine(props: { project: string; runs: number; latest: readonly Glance[]; nowMs: number }) {
  const { project, runs, latest, nowMs } = props
  const newest = latest[0]
  if (newest === undefined) return null
  const points = [...latest].reverse().map((run) => {
    const tone = runVerdict(run)
    return {
      value: 0,
      tone,
      href: runPath(run.id),
      text: `${WORDS[tone]}, ${formatShortTime(run.inserted_at, nowMs)}`,
    }
  })
  return (
    <tr>
      <th scope="row" class="name">
        <a href={projectPath(project)}>
          <Foreign>{project}</Foreign>
        </a>
      </th>
      <td>
        <a href={runPath(newest.id)}>
          <VerdictMark verdict={runVerdict(newest)} />
        </a>
      </td>
      <td>
        <OutcomeStrip points={points} small />
      </td>
      <td class="number">{newest.tests === 0 ? '–' : formatPercent(newest.success_rate)}</td>
      <td class="number">{formatDuration(newest.total_time)}</td>
      <td class="number">
        <a href={runsPath({ project })}>{formatCount(runs)}</a>
      </td>
      <td class="time number">
        <Time ms={newest.inserted_at} nowMs={nowMs} />
      </td>
    </tr>
  )
}
