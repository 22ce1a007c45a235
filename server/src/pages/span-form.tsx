/**
 * Chooses a branch, and how far back to look.
 *
 * @module
 */
import { SPANS } from './params.js'

/** What can be chosen, and what is. */
export interface SpanFormParts {
  readonly action: string
  readonly branches: readonly string[]
  readonly branch: string | undefined
  readonly span: number
  /** What is counted: `runs`, `times`. */
  readonly unit: string
  /** For a project that has no path of its own. */
  readonly project?: string | undefined
}

/** The form. */
export function SpanForm({ action, branches, branch, span, unit, project }: SpanFormParts) {
  return (
    <form class="filters panel" method="get" action={action}>
      {project !== undefined && <input type="hidden" name="project" value={project} />}
      <label>
        Branch
        <select name="branch">
          <option value="">All branches</option>
          {branch !== undefined && !branches.includes(branch) && (
            <option value={branch} selected>
              {branch}
            </option>
          )}
          {branches.map((name) => (
            <option value={name} selected={name === branch}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Latest
        <select name="runs">
          {[...new Set([...SPANS, span])]
            .sort((one, other) => one - other)
            .map((count) => (
              <option value={count} selected={count === span}>
                {count} {unit}
              </option>
            ))}
        </select>
      </label>
      <span class="actions">
        <button type="submit">Show</button>
      </span>
    </form>
  )
}
