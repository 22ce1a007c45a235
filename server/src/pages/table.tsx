/**
 * Tables, with the names of their columns.
 *
 * @module
 */
import type { Child } from 'hono/jsx'

/** A column: its name, and whether its numbers stand at the right. */
export interface Column {
  readonly name: Child
  readonly number?: boolean
  /** Its values are those that the rows are ordered by, largest first. */
  readonly sorted?: boolean
}

/** Columns of text. */
export function texts(...names: readonly Child[]): Column[] {
  return names.map((name) => ({ name }))
}

/** Columns of numbers. */
export function numbers(...names: readonly string[]): Column[] {
  return names.map((name) => ({ name, number: true }))
}

/** A table that scrolls in a frame of its own where it has no room. */
export function Table(props: { columns: readonly Column[]; panel?: boolean; children: Child }) {
  return (
    <div class={props.panel === true ? 'panel scroll' : 'scroll'}>
      <table>
        <thead>
          <tr>
            {props.columns.map(({ name, number, sorted }) => (
              <th
                scope="col"
                class={number === true ? 'number' : undefined}
                aria-sort={sorted === true ? 'descending' : undefined}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}
