/**
 * The text of a check and of a comment on a pull (merge) request, for GitHub and GitLab.
 *
 * @module
 */
import type { ChangeKind } from '../../compare/changes.js'
import { codeSpan } from '../markdown.js'
import { baseLine, countOf, countsLine, headline, type Notice, type NoticeTest, plain, testsOf } from '../notice.js'

/** Number of tests of each kind. */
const MAX_TESTS = 30
const MAX_OTHERS = 10
const SECTIONS: readonly { readonly kind: ChangeKind; readonly noun: string; readonly isOpen: boolean }[] = [
  { kind: 'new', noun: 'new failure', isOpen: true },
  { kind: 'known', noun: 'known failure', isOpen: false },
  { kind: 'flaky', noun: 'flaky test', isOpen: false },
  { kind: 'fixed', noun: 'fixed test', isOpen: false },
]

/** The hidden line by which our comment is found again. Only we write it at the beginning of a comment. */
export function commentMarker(project: string): string {
  // `--` and `>` would end the comment.
  return `<!-- jux:${encodeURIComponent(project).replaceAll('-', '%2D')} -->`
}

/** The comment: the marker, the time of its run, and the text. */
export function commentBody(notice: Notice, limit: number): string {
  const head = `${commentMarker(notice.run.project)}\n${timeMarker(notice.run.inserted_at)}\n`
  return `${head}### ${headline(notice, codeSpan)}\n\n${reportText(notice, limit - head.length - 1_000)}`
}

/** When the run of one of our comments was received; undefined if it does not say. */
export function commentTimeMs(body: string): number | undefined {
  const text = /^<!-- jux-run-time:(\d{1,15}) -->$/m.exec(body)?.[1]
  return text === undefined ? undefined : Number(text)
}

/** What broke, what was fixed and where to look, in Markdown. Whole lines only. */
export function reportText(notice: Notice, limit: number): string {
  const base = baseLine(notice)
  const counts = base === undefined ? countsLine(notice) : `${countsLine(notice)}, ${codeSpan(base)}`
  const others = notice.failedElsewhere
    .slice(0, MAX_OTHERS)
    .map(({ runUrl, failures }) => `- [another run](${runUrl}) of this commit: ${countOf(failures, 'failure')}`)
  const gates = (notice.gates ?? [])
    .slice(0, MAX_OTHERS)
    .map(({ policy, result, decisionUrl }) => `- [the gate](${decisionUrl}) ${codeSpan(plain(policy, 80))} ${result}`)
  const lists = [others, gates].filter((list) => list.length > 0).map((list) => list.join('\n'))
  const foot = [counts, ...lists, `[Open the run](${notice.runUrl})`].join('\n\n')
  const lines: string[] = []
  let room = limit - foot.length - 200
  for (const { kind, noun, isOpen } of SECTIONS) {
    const { count, quarantined } = notice.changes.lists[kind]
    if (count === 0) continue
    const title = `${countOf(count, noun)}${quarantined === 0 ? '' : ` (${quarantined} quarantined)`}`
    const frame = isOpen ? [`**${title}**`, ''] : ['<details>', `<summary>${title}</summary>`, '']
    const tests = testsOf(notice, kind, MAX_TESTS).map(testLine)
    const shown: string[] = []
    for (const line of tests) {
      room -= line.length + 1
      if (room < 0) break
      shown.push(line)
    }
    if (count > shown.length) shown.push(`- and ${count - shown.length} more`)
    lines.push(...frame, ...shown, '', ...(isOpen ? [] : ['</details>', '']))
  }
  return [...lines, foot].join('\n')
}

function timeMarker(insertedAtMs: number): string {
  return `<!-- jux-run-time:${insertedAtMs} -->`
}

function testLine({ name, file, message, note }: NoticeTest): string {
  const where = file === undefined ? '' : ` in ${codeSpan(file)}`
  const when = note === undefined ? '' : `, ${codeSpan(note)}`
  return `- ${codeSpan(name)}${where}${when}${message === undefined ? '' : `: ${codeSpan(message)}`}`
}
