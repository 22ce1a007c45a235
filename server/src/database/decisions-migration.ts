/**
 * Migration 013: the decisions of gates, and messages about them.
 *
 * @module
 */
import { type Kysely, sql } from 'kysely'
import type { Engine } from './engine.js'

/** Creates the tables. */
export async function decisions(db: Kysely<unknown>, engine: Engine): Promise<void> {
  if (await exists(db, engine)) return
  if (engine === 'postgres') {
    await createTables(db, engine)
    await db.schema
      .alterTable('deliveries')
      .alterColumn('run_seq', (column) => column.dropNotNull())
      .execute()
    await db.schema
      .alterTable('deliveries')
      .addColumn('decision_seq', 'bigint', (column) => column.references('decisions.seq').onDelete('cascade'))
      .execute()
    return indexDeliveries(db)
  }
  await db.transaction().execute(async (tx) => {
    await createTables(tx, engine)
    await moveDeliveries(tx)
    await indexDeliveries(tx)
  })
}

// Kysely has no transaction around a migration of SQLite, and a crash after this one would repeat it. In PostgreSQL, a table of this name in
// another schema is that of another program.
async function exists(db: Kysely<unknown>, engine: Engine): Promise<boolean> {
  if (engine === 'postgres') {
    const { rows } = await sql<{ found: boolean }>`select to_regclass('decisions') is not null as found`.execute(db)
    return rows[0]?.found === true
  }
  const tables = await db.introspection.getTables()
  return tables.some(({ name }) => name === 'decisions')
}

async function createTables({ schema }: Kysely<unknown>, engine: Engine): Promise<void> {
  await schema
    .createTable('decisions')
    .addColumn('seq', engine === 'postgres' ? 'bigserial' : 'integer', (column) =>
      engine === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('branch', 'text')
    .addColumn('commit_sha', 'text')
    .addColumn('pull_request', 'text')
    .addColumn('remote', 'text')
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('policy_uri', 'text', (column) => column.notNull())
    .addColumn('policy_sha256', 'text')
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('failed_rules', 'text', (column) => column.notNull())
    .addColumn('verifier', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('signer', 'text', (column) => column.notNull())
    .addColumn('signer_key', 'text', (column) => column.notNull())
    .addColumn('signer_subject', 'text')
    .addColumn('decided_at', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('submitted_by', 'text')
    .execute()
  await schema
    .createTable('decision_reports')
    .addColumn('decision_seq', 'bigint', (column) => column.notNull().references('decisions.seq').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('content_hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('decision_reports_key', ['decision_seq', 'position'])
    .execute()
  await schema
    .createTable('decision_envelopes')
    .addColumn('decision_seq', engine === 'postgres' ? 'bigint' : 'integer', (column) =>
      column.primaryKey().references('decisions.seq').onDelete('cascade'),
    )
    .addColumn('bytes', engine === 'postgres' ? 'bytea' : 'blob', (column) => column.notNull())
    .execute()
  await schema.createIndex('decisions_content').unique().on('decisions').columns(['project', 'digest']).execute()
  await schema.createIndex('decisions_age').on('decisions').columns(['decided_at', 'seq']).execute()
  // The latest of each policy and branch.
  await schema
    .createIndex('decisions_latest')
    .on('decisions')
    .columns(['project', 'policy', 'branch', 'pull_request', 'decided_at', 'seq'])
    .execute()
  await schema.createIndex('decision_reports_content').on('decision_reports').column('content_hash').execute()
}

// SQLite cannot make a column nullable.
async function moveDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('deliveries').renameTo('old_deliveries').execute()
  await db.schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subscription_id', 'text', (column) =>
      column.notNull().references('subscriptions.id').onDelete('cascade'),
    )
    .addColumn('run_seq', 'bigint', (column) => column.references('runs.seq').onDelete('cascade'))
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('decision_seq', 'bigint', (column) => column.references('decisions.seq').onDelete('cascade'))
    .execute()
  await sql`insert into deliveries (id, subscription_id, run_seq, event, attempts, next_at, created_at)
    select id, subscription_id, run_seq, event, attempts, next_at, created_at from old_deliveries`.execute(db)
  await db.schema.dropTable('old_deliveries').execute()
  await db.schema
    .createIndex('deliveries_subscription')
    .on('deliveries')
    .columns(['subscription_id', 'next_at'])
    .execute()
  await db.schema.createIndex('deliveries_run').on('deliveries').column('run_seq').execute()
}

// Deleting a decision looks for its deliveries.
async function indexDeliveries({ schema }: Kysely<unknown>): Promise<void> {
  await schema.createIndex('deliveries_decision').on('deliveries').column('decision_seq').execute()
}
