/**
 * The parts of Vitest's objects that are read. They fit Vitest 3.2, 4 and 5, so that our types do not depend on Vitest's.
 *
 * @module
 */
import type { VitestExitConfig } from './exit-causes.js'

/** The parts of `vitest.config` that the result depends on. */
export interface VitestConfig extends VitestExitConfig {
  readonly root?: string | undefined
  readonly watch?: boolean | undefined
  readonly bail?: number | undefined
  readonly shard?: { readonly index: number; readonly count: number } | undefined
  /** Folder of the blobs, in a run with `--merge-reports`. */
  readonly mergeReports?: string | undefined
  readonly dangerouslyIgnoreUnhandledErrors?: boolean | undefined
  readonly testNamePattern?: RegExp | undefined
  /** What a filter of the command line leaves out. */
  readonly cliExclude?: readonly string[] | undefined
  /** Files of `vitest related`. */
  readonly related?: readonly string[] | undefined
  readonly changed?: boolean | string | undefined
  readonly project?: string | readonly string[] | undefined
  readonly tagsFilter?: string | readonly string[] | undefined
  readonly typecheck?: { readonly only?: boolean | undefined; readonly enabled?: boolean | undefined } | undefined
  /** Starts without a run: a program chooses the files. */
  readonly standalone?: boolean | undefined
  readonly allowOnly?: boolean | undefined
  readonly retry?: number | object | undefined
  /** Vitest 5: the variable `VITEST_BLOB_LABEL`. */
  readonly mergeReportsLabel?: string | undefined
  readonly sequence?: { readonly seed?: number | undefined } | undefined
}

/** One of Vitest's console events. */
export interface VitestLog {
  readonly content: string
  readonly type: 'stdout' | 'stderr'
  readonly taskId?: string | undefined
  /** Milliseconds since the epoch. */
  readonly time: number
  /** From a browser: the content is that of one console call, without a line feed at its end. */
  readonly browser?: boolean | undefined
}

/** A place in a source file. */
export interface VitestLocation {
  readonly line: number
  readonly column?: number | undefined
  readonly file?: string | undefined
}

/** A file or body of an annotation or an artifact. */
export interface VitestAttachment {
  readonly name?: string | undefined
  readonly contentType?: string | undefined
  readonly path?: string | undefined
  readonly body?: string | Uint8Array | undefined
}

/** From `context.annotate`. */
export interface VitestAnnotation {
  readonly type: string
  readonly message: string
  readonly location?: VitestLocation | undefined
  readonly attachment?: VitestAttachment | undefined
}

/** From `recordArtifact` (Vitest 4 and later). */
export interface VitestArtifact {
  readonly type: string
  readonly message?: unknown
  readonly location?: VitestLocation | undefined
  readonly attachments?: readonly VitestAttachment[] | undefined
}

/** The runner's internal record of a reported entity: not part of its API, so every field may be absent. */
export interface VitestTask {
  readonly pool?: string | undefined
  readonly mode?: string | undefined
  /** Whether a file has `.only` (Vitest 5). */
  readonly containsOnly?: boolean | undefined
  readonly meta?: object | undefined
  readonly annotations?: readonly unknown[] | undefined
  readonly artifacts?: readonly unknown[] | undefined
  /** What the test has measured (Vitest 5). */
  readonly benchmarks?: readonly unknown[] | undefined
  readonly result?:
    | {
        readonly state?: string | undefined
        readonly startTime?: number | undefined
        readonly duration?: number | undefined
        readonly hooks?: Readonly<Record<string, unknown>> | undefined
        readonly errors?: readonly unknown[] | undefined
      }
    | undefined
}

/** Common fields of test, suite and module. */
export interface VitestEntity {
  readonly id: string
  readonly location?: VitestLocation | undefined
  readonly task?: VitestTask | undefined
  meta?(): object
}

/** A test. */
export interface VitestTest extends VitestEntity {
  readonly type: 'test'
  readonly name: string
  readonly tags?: readonly string[] | undefined
  readonly options: {
    readonly mode: string
    readonly fails?: boolean | undefined
    readonly concurrent?: boolean | undefined
    readonly retry?: number | object | undefined
    readonly repeats?: number | undefined
    readonly timeout?: number | undefined
    readonly tags?: readonly string[] | undefined
  }
  result(): {
    readonly state: string
    readonly errors?: readonly unknown[] | undefined
    readonly note?: string | undefined
  }
  diagnostic():
    | {
        readonly startTime: number
        readonly duration: number
        readonly retryCount: number
        readonly repeatCount: number
        readonly flaky: boolean
      }
    | undefined
  annotations?(): readonly VitestAnnotation[]
  artifacts?(): readonly VitestArtifact[]
}

/** A describe block. */
export interface VitestSuite extends VitestEntity {
  readonly type: 'suite'
  readonly name: string
  readonly children: Iterable<VitestTest | VitestSuite>
  readonly options?: { readonly mode?: string | undefined } | undefined
  state(): string
  errors(): readonly unknown[]
}

/** The parts of a project that are read. */
export interface VitestProject {
  readonly name?: string | undefined
  readonly config?: { readonly onStackTrace?: unknown } | undefined
  /** Present in browser mode: knows the source maps of what the browser runs. */
  readonly browser?: { parseErrorStacktrace?(error: object, options?: object): unknown } | undefined
}

/** A test file in one project. */
export interface VitestModule extends VitestEntity {
  readonly type: 'module'
  /** Usually an absolute path. */
  readonly moduleId: string
  readonly project?: VitestProject | undefined
  readonly children: Iterable<VitestTest | VitestSuite>
  state(): string
  errors(): readonly unknown[]
  diagnostic(): {
    readonly environmentSetupDuration: number
    readonly prepareDuration: number
    readonly collectDuration: number
    readonly setupDuration: number
    readonly duration: number
  }
}

/** Why the run ended, according to `onTestRunEnd`; `passed` does not mean that every test passed. */
export type VitestReason = 'passed' | 'failed' | 'interrupted'
