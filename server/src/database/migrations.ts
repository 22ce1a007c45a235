/**
 * The migrations that create the tables. They run at every start, each one once, on both engines.
 *
 * A released migration is never changed; a new one is added.
 *
 * @module
 */
import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { decisions } from './decisions-migration.js'
import type { Engine } from './engine.js'
import { notifications } from './notifications-migration.js'
import { quarantine } from './quarantine-migration.js'
import type { Database } from './schema.js'
import { search } from './search-migration.js'
import { tests } from './tests-migration.js'

/**
 * Brings the database up to date. Instances that start at the same time wait for each other (PostgreSQL).
 *
 * @param last name of the last migration that runs; by default all run
 * @throws when a migration fails; it is rolled back
 */
export async function migrate(database: Database, engine: Engine, last?: string): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations(engine) } })
  const { error } = await (last === undefined ? migrator.migrateToLatest() : migrator.migrateTo(last))
  if (error !== undefined) throw error
}

function migrations(engine: Engine): Record<string, Migration> {
  return {
    '001_reports': { up: (db) => reports(db, engine) },
    '002_access': { up: access },
    '003_arrival': { up: arrival },
    '004_tests': { up: (db) => tests(db, engine) },
    '005_bytes': { up: (db) => bytes(db, engine) },
    '006_receipts': { up: receipts },
    '007_lineage': { up: lineage },
    '008_owners': { up: owners },
    '009_notifications': { up: notifications },
    '010_quarantine': { up: quarantine },
    '011_search': { up: (db) => search(db, engine) },
    '012_owner_index': { up: ownerIndex },
    '013_decisions': { up: (db) => decisions(db, engine) },
  }
}

async function reports(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const { schema } = db
  await schema
    .createTable('runs')
    .ifNotExists()
    .addColumn('seq', engine === 'postgres' ? 'bigserial' : 'integer', (column) =>
      engine === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('content_hash', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('branch', 'text')
    .addColumn('commit_sha', 'text')
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('ci_provider', 'text')
    .addColumn('ci_job_id', 'text')
    .addColumn('ci_pipeline_url', 'text')
    .addColumn('ci_build_number', 'text')
    .addColumn('tests', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('errors', 'integer', (column) => column.notNull())
    .addColumn('skipped', 'integer', (column) => column.notNull())
    .addColumn('flaky', 'integer', (column) => column.notNull())
    .addColumn('success_rate', 'double precision', (column) => column.notNull())
    .addColumn('total_time', 'double precision', (column) => column.notNull())
    .addColumn('inserted_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('signature', 'text', (column) => column.notNull())
    .addColumn('signer_fingerprint', 'text')
    .addColumn('signer_subject', 'text')
    .addColumn('signer_algorithm', 'text')
    .addColumn('signature_reason', 'text')
    .addColumn('contradictions', 'text')
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('submitted_by', 'text')
    .execute()
  await schema
    .createTable('run_tags')
    .ifNotExists()
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('tag', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_tags_key', ['run_seq', 'tag'])
    .execute()
  await schema
    .createTable('run_properties')
    .ifNotExists()
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_properties_key', ['run_seq', 'position'])
    .execute()
  await schema
    .createTable('suites')
    .ifNotExists()
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('tests', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('errors', 'integer', (column) => column.notNull())
    .addColumn('skipped', 'integer', (column) => column.notNull())
    .addColumn('time', 'double precision', (column) => column.notNull())
    .addColumn('output', 'text')
    .addPrimaryKeyConstraint('suites_key', ['run_seq', 'position'])
    .execute()
  await schema
    .createTable('cases')
    .ifNotExists()
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('suite_position', 'integer', (column) => column.notNull())
    .addColumn('test_key', 'text', (column) => column.notNull())
    .addColumn('inserted_at', 'bigint', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('classname', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('flaky', 'integer', (column) => column.notNull())
    .addColumn('time', 'double precision', (column) => column.notNull())
    .addColumn('file', 'text')
    .addColumn('line', 'integer')
    .addColumn('message', 'text')
    .addColumn('type', 'text')
    .addColumn('details', 'text')
    .addColumn('output', 'text')
    .addPrimaryKeyConstraint('cases_key', ['run_seq', 'position'])
    .execute()
  await createIndexes(db)
  if (engine !== 'postgres') return
  await schema
    .createTable('report_bytes')
    .addColumn('run_seq', 'bigint', (column) => column.primaryKey().references('runs.seq').onDelete('cascade'))
    .addColumn('bytes', 'bytea', (column) => column.notNull())
    .execute()
}

async function createIndexes({ schema }: Kysely<unknown>): Promise<void> {
  const index = (name: string) => schema.createIndex(name).ifNotExists()
  await index('runs_content').unique().on('runs').columns(['project', 'content_hash']).execute()
  await index('runs_arrival').on('runs').columns(['inserted_at', 'seq']).execute()
  await index('runs_project').on('runs').columns(['project', 'branch', 'inserted_at']).execute()
  await index('run_tags_tag').on('run_tags').columns(['tag', 'run_seq']).execute()
  await index('cases_history').on('cases').columns(['test_key', 'inserted_at']).execute()
}

async function access({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('access_keys')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('secret_sha256', 'text', (column) => column.notNull())
    .addColumn('project', 'text')
    .addColumn('can_submit', 'integer', (column) => column.notNull())
    .addColumn('can_read', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute()
  await schema
    .createTable('trusted_keys')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('project', 'text')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('pem', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('idempotency')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('content_hash', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('rate_windows')
    .ifNotExists()
    .addColumn('bucket', 'text', (column) => column.primaryKey())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('resets_at', 'bigint', (column) => column.notNull())
    .execute()
}

async function arrival({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('runs').addColumn('file_id', 'text').execute()
  await schema.createIndex('runs_file').on('runs').column('file_id').execute()
  await schema
    .createTable('arriving_runs')
    .addColumn('run_seq', 'bigint', (column) => column.primaryKey())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .execute()
}

// The first migration created it in PostgreSQL. Its rows are in the order of arrival.
async function bytes({ schema }: Kysely<unknown>, engine: Engine): Promise<void> {
  if (engine === 'postgres') return
  await schema
    .createTable('report_bytes')
    .ifNotExists()
    .addColumn('run_seq', 'integer', (column) => column.primaryKey().references('runs.seq').onDelete('cascade'))
    .addColumn('bytes', 'blob', (column) => column.notNull())
    .execute()
}

async function receipts(db: Kysely<unknown>): Promise<void> {
  await addColumns(db, 'runs', { bytes_sha256: 'text', bytes_at: 'bigint' })
}

// Runs that were stored before have no lane. They are compared with runs of any lane.
async function lineage(db: Kysely<unknown>): Promise<void> {
  await addColumns(db, 'runs', {
    lane: 'text',
    is_whole: 'integer',
    is_dirty: 'integer',
    pull_request: 'text',
    base_branch: 'text',
    merge_base: 'text',
    shard_index: 'integer',
    shard_count: 'integer',
    build: 'text',
  })
  await sql`update runs set is_whole = case when tests > 0 and outcome in ('passed', 'failed', 'error') then 1 else 0 end
    where is_whole is null`.execute(db)
  const index = (name: string) => db.schema.createIndex(name).ifNotExists().on('runs')
  await index('runs_commit').columns(['project', 'commit_sha']).execute()
  await index('runs_build').column('build').execute()
}

async function owners(db: Kysely<unknown>): Promise<void> {
  await addColumns(db, 'tests', { owner: 'text' })
}

async function ownerIndex(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('tests_owner').ifNotExists().on('tests').columns(['owner', 'project']).execute()
}

// SQLite notes a migration in a transaction of its own, so that a crash in between repeats it.
async function addColumns(
  db: Kysely<unknown>,
  table: 'runs' | 'tests',
  columns: Readonly<Record<string, 'text' | 'integer' | 'bigint'>>,
): Promise<void> {
  const tables = await db.introspection.getTables()
  const known = new Set(tables.find(({ name }) => name === table)?.columns.map(({ name }) => name))
  for (const [name, type] of Object.entries(columns)) {
    if (!known.has(name)) await db.schema.alterTable(table).addColumn(name, type).execute()
  }
}
