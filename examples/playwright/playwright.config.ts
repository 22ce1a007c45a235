import { defineConfig } from '@playwright/test'
import type { JuxOptions } from 'jux-reporter'

const jux: JuxOptions = { tags: ['example'] }

export default defineConfig({
  testDir: 'tests',
  retries: 1,
  reporter: [['list'], ['jux-reporter/playwright', jux]],
})
