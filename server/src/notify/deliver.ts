/**
 * Sends one message to one subscription.
 *
 * @module
 */
import type { SubscriptionRow } from '../database/schema.js'
import type { NoticeFacts } from './facts.js'
import type { ForgeClient } from './forge-client.js'
import { GithubClient } from './github-client.js'
import { GitlabClient } from './gitlab-client.js'
import type { Notice } from './notice.js'
import { send } from './request.js'
import type { Credentials } from './subscriptions.js'
import { mattermostMessage } from './vendors/mattermost.js'
import { slackMessage } from './vendors/slack.js'
import { teamsMessage } from './vendors/teams.js'
import { type WebhookBody, webhookBody, webhookHeaders } from './vendors/webhook.js'

/** A message and where it goes. */
export interface Outgoing {
  /** The same in every attempt. */
  readonly id: string
  readonly subscription: Pick<SubscriptionRow, 'kind' | 'repository'>
  readonly credentials: Credentials
  readonly notice: Notice
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
      return sendJson(credentials.url, slackMessage(notice), signal)
    case 'mattermost':
      return sendJson(credentials.url, mattermostMessage(notice), signal)
    case 'teams':
      return sendJson(credentials.url, teamsMessage(notice), signal)
    case 'github':
      return sendToForge(new GithubClient(credentials, subscription.repository ?? '', signal), outgoing)
    case 'gitlab':
      return sendToForge(new GitlabClient(credentials, subscription.repository ?? '', signal), outgoing)
  }
}

// A comment is written when something broke, and from then on kept up to date.
async function sendToForge(client: ForgeClient, { notice, facts, isTest = false }: Outgoing): Promise<void> {
  if (isTest) return client.check()
  if (facts.sha === undefined) return
  await client.setStatus(notice, facts.sha)
  if (facts.pullRequest !== undefined) await client.comment(notice, facts.pullRequest, notice.event === 'failed')
}

async function sendWebhook({ id, credentials, notice, nowMs, signal, isTest = false }: Outgoing): Promise<void> {
  const event: WebhookBody['event'] = isTest ? 'test' : notice.event
  const body = JSON.stringify(webhookBody(notice, id, event))
  const headers = webhookHeaders(body, { id, event, secret: credentials.secret ?? '', nowMs })
  await send({ method: 'POST', url: credentials.url, headers, body, signal })
}

async function sendJson(url: string, message: object, signal: AbortSignal): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  await send({ method: 'POST', url, headers, body: JSON.stringify(message), signal })
}
