/**
 * The page of the decision of a gate, and the lists of decisions on other pages.
 *
 * @module
 */
import type { DecisionRow } from '../database/schema.js'
import type { LaterDecision, LinkedReport } from '../decisions/queries.js'
import { failedRules } from '../decisions/read.js'
import {
  CodeBlock,
  EmptyState,
  numberColumns,
  ProjectTrail,
  ReportText,
  runStatus,
  StatusMark,
  Table,
  Time,
  textColumns,
} from './components.js'
import { countOf, formatCount, groupHex, shortCommit, shorten } from './format.js'
import type { HtmlPage } from './layout.js'
import { decisionPath, envelopePath, projectPath, runPath } from './links.js'

/** Contents of the page of a decision. */
export interface DecisionPageParts {
  readonly decision: DecisionRow
  readonly reports: readonly LinkedReport[]
  /** The latest decision of the same gate, if this one is not. */
  readonly later: LaterDecision | undefined
  /** Whether the key of the gate also signs reports of the project. */
  readonly signsReports: boolean
  /** Whether the viewer sees one project only. */
  readonly isRestricted: boolean
  /** For the commands. */
  readonly serverUrl: string
}

/** Number of decisions on the page of a run, and on that of a project. A list gets one more, if there is one. */
export const RUN_DECISIONS = 20
export const PROJECT_DECISIONS = 50
/** Number of violated rules that a list names. */
const RULES_IN_LIST = 3
/** Maximum length of a finding in a list. */
const LISTED_TEXT = 200

/** The command that sends a decision, for empty lists. */
const SUBMIT_COMMAND = 'npx jux verify reports/ --policy policy.json --decision decision.json --key gate.pem --submit'

/** The page of a decision. */
export function decisionPage(parts: DecisionPageParts): HtmlPage {
  const { decision, reports, later, isRestricted } = parts
  const { project, branch, policy, result } = decision
  const body = (
    <>
      <ProjectTrail project={project} />
      <div class="heading">
        <h1>
          Gate <ReportText>{policy}</ReportText>
        </h1>
        <StatusMark status={result} />
      </div>
      <p class="subtitle">
        {branch !== null && (
          <span>
            Branch{' '}
            <a href={projectPath(project, { branch })}>
              <ReportText>{branch}</ReportText>
            </a>
          </span>
        )}
        {decision.pull_request !== null && (
          <span>
            Pull request <ReportText>{decision.pull_request}</ReportText>
          </span>
        )}
        {decision.commit_sha !== null && (
          <span>
            Commit{' '}
            <span class="mono">
              <ReportText>{shortCommit(decision.commit_sha)}</ReportText>
            </span>
          </span>
        )}
        <span>
          Decided <Time ms={decision.decided_at} />
        </span>
        <span>
          Received <Time ms={decision.received_at} />
        </span>
        {later !== undefined && (
          <span>
            The latest decision of this gate: <a href={decisionPath(later.id)}>{later.result}</a>
          </span>
        )}
      </p>
      <RuleSection decision={decision} />
      <ReportSection reports={reports} isRestricted={isRestricted} />
      <SignerSection {...parts} />
    </>
  )
  return { title: `Gate ${policy} of ${project}`, section: 'projects', project, body }
}

/** The decisions that judged a run. */
export function RunDecisions({ decisions, isSigned }: { decisions: readonly DecisionRow[]; isSigned: boolean }) {
  return (
    <section aria-labelledby="decisions">
      <h2 id="decisions">
        Gates{' '}
        <span class="count">
          {decisions.length > RUN_DECISIONS ? `the latest ${RUN_DECISIONS}` : formatCount(decisions.length)}
        </span>
      </h2>
      {decisions.length === 0 ? (
        <>
          <EmptyState>
            {isSigned
              ? 'No decision of a gate about this run was submitted. A gate submits its decision with:'
              : 'No decision of a gate about this run was submitted. A gate needs signed reports:'}
          </EmptyState>
          <CodeBlock text={isSigned ? SUBMIT_COMMAND : 'npx jux keygen'} />
        </>
      ) : (
        <DecisionTable decisions={decisions.slice(0, RUN_DECISIONS)} />
      )}
    </section>
  )
}

/** The latest decision of each policy and branch of a project. */
export function ProjectDecisions({ decisions, nowMs }: { decisions: readonly DecisionRow[]; nowMs: number }) {
  return (
    <section aria-labelledby="decisions">
      <h2 id="decisions">
        Gates{' '}
        <span class="count">
          the latest decision of each policy and branch
          {decisions.length > PROJECT_DECISIONS && `, the latest ${PROJECT_DECISIONS} of these`}
        </span>
      </h2>
      {decisions.length === 0 ? (
        <>
          <EmptyState>No decision of a gate was submitted. A gate submits its decision with:</EmptyState>
          <CodeBlock text={SUBMIT_COMMAND} />
        </>
      ) : (
        <DecisionTable decisions={decisions.slice(0, PROJECT_DECISIONS)} nowMs={nowMs} withBranch />
      )}
    </section>
  )
}

function DecisionTable(props: { decisions: readonly DecisionRow[]; nowMs?: number; withBranch?: boolean }) {
  const { decisions, nowMs, withBranch = false } = props
  const columns = [
    ...textColumns('Result', 'Policy', ...(withBranch ? ['Branch'] : []), 'Violated rules', 'Signed by'),
    ...numberColumns('Decided'),
  ]
  return (
    <Table panel columns={columns}>
      {decisions.map((decision) => (
        <tr>
          <td>
            <StatusMark status={decision.result} />
          </td>
          <th scope="row" class="name">
            <a href={decisionPath(decision.id)}>
              <ReportText>{decision.policy}</ReportText>
            </a>
          </th>
          {withBranch && (
            <td>
              <ReportText>{decision.branch ?? '–'}</ReportText>
            </td>
          )}
          <td>
            <RuleList decision={decision} />
          </td>
          <td class="mono">{decision.signer.slice(0, 16)}…</td>
          <td class="time number">
            {nowMs === undefined ? <Time ms={decision.decided_at} /> : <Time ms={decision.decided_at} nowMs={nowMs} />}
          </td>
        </tr>
      ))}
    </Table>
  )
}

function RuleList({ decision }: { decision: DecisionRow }) {
  const rules = failedRules(decision)
  if (rules.length === 0) return <>none</>
  const more = rules.length - RULES_IN_LIST
  return (
    <>
      {rules.slice(0, RULES_IN_LIST).map(({ rule, found }) => (
        <div>
          <code>{rule}</code>{' '}
          <small>
            <ReportText>{cut(found)}</ReportText>
          </small>
        </div>
      ))}
      {more > 0 && <a href={decisionPath(decision.id)}>{countOf(more, 'more finding')}</a>}
    </>
  )
}

function RuleSection({ decision }: { decision: DecisionRow }) {
  const rules = failedRules(decision)
  return (
    <section aria-labelledby="rules">
      <h2 id="rules">
        Violated rules <span class="count">{formatCount(new Set(rules.map(({ rule }) => rule)).size)}</span>
      </h2>
      {rules.length === 0 ? (
        <EmptyState>
          {decision.result === 'passed'
            ? 'No rule of the policy is violated. A test that fails and has a signed waiver violates none.'
            : 'The gate had no report to decide on.'}
        </EmptyState>
      ) : (
        <Table panel columns={textColumns('Rule', 'Report', 'Found', 'Wanted')}>
          {rules.map(({ rule, report, found, wanted }) => (
            <tr>
              <th scope="row">
                <code>{rule}</code>
              </th>
              <td>
                <ReportText>{report ?? 'all'}</ReportText>
              </td>
              <td>
                <ReportText>{found}</ReportText>
              </td>
              <td>
                <ReportText>{wanted}</ReportText>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  )
}

function ReportSection({ reports, isRestricted }: Pick<DecisionPageParts, 'reports' | 'isRestricted'>) {
  return (
    <section aria-labelledby="reports">
      <h2 id="reports">
        Reports <span class="count">{formatCount(reports.length)}</span>
      </h2>
      {reports.length === 0 ? (
        <EmptyState>No report could be verified.</EmptyState>
      ) : (
        <Table panel columns={textColumns('Report', 'Run', 'Content (SHA-256)')}>
          {reports.map(({ name, content_hash, run }) => (
            <tr>
              <th scope="row" class="name">
                <ReportText>{name}</ReportText>
              </th>
              <td>
                {run === undefined && isRestricted && 'not in this project'}
                {run === undefined && !isRestricted && (
                  <>
                    not here: send it with <code>npx jux publish</code>
                  </>
                )}
                {run !== undefined && (
                  <a href={runPath(run.id)}>
                    <StatusMark status={runStatus(run)} />
                  </a>
                )}
              </td>
              <td class="mono">{content_hash.slice(0, 16)}…</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  )
}

function SignerSection({ decision, signsReports, serverUrl }: Omit<DecisionPageParts, 'reports'>) {
  const expected = decision.result === 'passed' ? ' --expect result=PASSED' : ''
  const commands = [
    `curl --fail -H "Authorization: Bearer $JUX_API_KEY" -o decision.json ${serverUrl}${envelopePath(decision.id)}`,
    `npx jux verify decision.json --public-key gate.pub.pem${expected}`,
  ]
  return (
    <section aria-labelledby="signature">
      <h2 id="signature">Signature</h2>
      <div class="panel padded signature-box trusted">
        <p>The signature is valid, and this server trusted the signer for this project when the decision arrived.</p>
        {signsReports && (
          <p>
            This key also signs reports of this project: what runs the tests could have signed this decision. Give the
            gate a key of its own.
          </p>
        )}
        <dl class="properties">
          <dt>Key (SHA-256)</dt>
          <dd class="mono">{groupHex(decision.signer)}</dd>
          <dt>Type of the key</dt>
          <dd>{decision.signer_key}</dd>
          {decision.signer_subject !== null && (
            <>
              <dt>Certificate subject</dt>
              <dd>
                <ReportText>{decision.signer_subject}</ReportText>
              </dd>
            </>
          )}
          <dt>Verifier</dt>
          <dd>
            <ReportText>{decision.verifier}</ReportText>
          </dd>
          <dt>Decided about</dt>
          <dd>
            <ReportText>{decision.resource}</ReportText>
          </dd>
          <dt>Policy</dt>
          <dd>
            <ReportText>{decision.policy_uri}</ReportText>
          </dd>
          {decision.policy_sha256 !== null && (
            <>
              <dt>Policy (SHA-256)</dt>
              <dd class="mono">{groupHex(decision.policy_sha256)}</dd>
            </>
          )}
        </dl>
        <p>
          <a href={envelopePath(decision.id)}>Download the signed decision</a>
        </p>
        <p>Verify it with a public key that you got from the owner of the gate:</p>
        <CodeBlock text={commands.join('\n')} />
      </div>
    </section>
  )
}

function cut(text: string): string {
  const { text: short, isCut } = shorten(text, LISTED_TEXT)
  return isCut ? `${short}…` : short
}
