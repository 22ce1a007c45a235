/**
 * Migration 009: subscriptions, the messages that are to be sent, and public badges.
 *
 * @module
 */
import type { Kysely } from 'kysely'

/** Creates the tables. A crash in between repeats it (SQLite has no transaction around a migration). */
export async function notifications({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('subscriptions')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('branch', 'text')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('url', 'text')
    .addColumn('url_env', 'text')
    .addColumn('secret', 'text')
    .addColumn('secret_env', 'text')
    .addColumn('repository', 'text')
    .addColumn('app', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('lease_id', 'text')
    .addColumn('leased_until', 'bigint', (column) => column.notNull())
    .addColumn('last_sent_at', 'bigint')
    .addColumn('last_error', 'text')
    .execute()
  await schema
    .createTable('pending_notices')
    .ifNotExists()
    .addColumn('run_seq', 'bigint', (column) => column.primaryKey().references('runs.seq').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('deliveries')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subscription_id', 'text', (column) =>
      column.notNull().references('subscriptions.id').onDelete('cascade'),
    )
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('public_badges')
    .ifNotExists()
    .addColumn('project', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  const index = (name: string) => schema.createIndex(name).ifNotExists()
  await index('subscriptions_project').on('subscriptions').column('project').execute()
  await index('deliveries_subscription').on('deliveries').columns(['subscription_id', 'next_at']).execute()
  // Deleting a run looks for its deliveries.
  await index('deliveries_run').on('deliveries').column('run_seq').execute()
}
