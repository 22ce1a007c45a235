/**
 * Migration 010: quarantined tests.
 *
 * @module
 */
import type { Kysely } from 'kysely'

/** Creates the tables. */
export async function quarantine({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('quarantine')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('test', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('expires', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text')
    .addColumn('removed_at', 'bigint')
    .addColumn('removed_by', 'text')
    .addColumn('waiver', 'text')
    .addColumn('signer', 'text')
    .execute()
  await schema
    .createTable('quarantine_tests')
    .ifNotExists()
    .addColumn('test_key', 'text', (column) => column.notNull())
    .addColumn('entry_id', 'text', (column) => column.notNull().references('quarantine.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('quarantine_tests_key', ['test_key', 'entry_id'])
    .execute()
  await schema
    .createIndex('quarantine_project')
    .ifNotExists()
    .on('quarantine')
    .columns(['project', 'removed_at', 'created_at'])
    .execute()
  await schema.createIndex('quarantine_tests_entry').ifNotExists().on('quarantine_tests').column('entry_id').execute()
}
