/**
 * Sends one message to one subscription.
 *
 * @module
 */
import type { SubscriptionRow } from '../database/schema.js'
import type { NoticeFacts } from './facts.js'
import type { ForgeClient } from './forge-client.js'
import { type GateNotice, isGateNotice } from './gate-notice.js'
import { GithubClient } from './github-client.js'
import { GitlabClient } from './gitlab-client.js'
import type { Notice } from './notice.js'
import { send } from './request.js'
import type { Credentials } from './subscriptions.js'
import { mattermostGateMessage, mattermostMessage } from './vendors/mattermost.js'
import { slackGateMessage, slackMessage } from './vendors/slack.js'
import { teamsGateMessage, teamsMessage } from './vendors/teams.js'
import { gateWebhookBody, webhookBody, webhookHeaders } from './vendors/webhook.js'

/** A message and where it goes. */
export interface Outgoing {
  /** The same in every attempt. */
  readonly id: string
  readonly subscription: Pick<SubscriptionRow, 'kind' | 'repository'>
  readonly credentials: Credentials
  readonly notice: Notice | GateNotice
  /** For a message about a decision: the latest run that it judged, whose comment on the pull request mentions it. */
  readonly run?: Notice | undefined
  readonly facts: NoticeFacts
  readonly nowMs: number
  readonly signal: AbortSignal
  /** Only to see whether it works: nothing is written to a repository. */
  readonly isTest?: boolean | undefined
}

/**
 * Sends the message.
 *
 * @throws {AttemptError} if the receiver did not accept it
 */
export async function deliver(outgoing: Outgoing): Promise<void> {
  const { subscription, credentials, notice, signal } = outgoing
  switch (subscription.kind) {
    case 'webhook':
      return sendWebhook(outgoing)
    case 'slack':
      return sendJson(credentials.url, isGateNotice(notice) ? slackGateMessage(notice) : slackMessage(notice), signal)
    case 'mattermost':
      return sendJson(
        credentials.url,
        isGateNotice(notice) ? mattermostGateMessage(notice) : mattermostMessage(notice),
        signal,
      )
    case 'teams':
      return sendJson(credentials.url, isGateNotice(notice) ? teamsGateMessage(notice) : teamsMessage(notice), signal)
    case 'github':
      return sendToForge(new GithubClient(credentials, subscription.repository ?? '', signal), outgoing)
    case 'gitlab':
      return sendToForge(new GitlabClient(credentials, subscription.repository ?? '', signal), outgoing)
  }
}

// A comment is written when something broke, and from then on kept up to date.
async function sendToForge(client: ForgeClient, { notice, run, facts, isTest = false }: Outgoing): Promise<void> {
  if (isTest) return client.check()
  if (facts.sha === undefined) return
  await client.setStatus(notice, facts.sha)
  if (facts.pullRequest === undefined) return
  // There is one comment, about the run; it mentions the decisions.
  const subject = isGateNotice(notice) ? run : notice
  const canCreate = notice.event === 'failed' || notice.event === 'gate-failed'
  if (subject !== undefined) await client.comment(subject, facts.pullRequest, canCreate)
}

async function sendWebhook({ id, credentials, notice, nowMs, signal, isTest = false }: Outgoing): Promise<void> {
  const event = isTest ? ('test' as const) : notice.event
  const body = JSON.stringify(
    isGateNotice(notice) ? gateWebhookBody(notice, id) : webhookBody(notice, id, isTest ? 'test' : notice.event),
  )
  const headers = webhookHeaders(body, { id, event, secret: credentials.secret ?? '', nowMs })
  await send({ method: 'POST', url: credentials.url, headers, body, signal })
}

async function sendJson(url: string, message: object, signal: AbortSignal): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  await send({ method: 'POST', url, headers, body: JSON.stringify(message), signal })
}
