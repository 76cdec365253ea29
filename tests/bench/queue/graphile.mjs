// Jobs of graphile-worker, put first and then worked off: `node graphile.mjs URL JOBS CONCURRENCY LOCAL`, in a folder
// that has it. LOCAL is how many jobs it fetches at once; 0 is one by one, its default.
import { createRequire } from 'node:module';
import { once } from 'node:events';

const require = createRequire(`${process.cwd()}/`);
const { Logger, run, runMigrations } = require('graphile-worker');
const { Pool } = require('pg');
const [url, ...numbers] = process.argv.slice(2);
const [jobs, concurrency, local] = numbers.map(Number);
const logger = new Logger(() => () => {});
const pgPool = new Pool({ connectionString: url, max: concurrency + 4 });
pgPool.on('error', () => {});
pgPool.on('connect', (client) => client.on('error', () => {}));
await runMigrations({ pgPool, logger });
await pgPool.query(
  `SELECT graphile_worker.add_jobs(array(
     SELECT json_populate_record(null::graphile_worker.job_spec, json_build_object(
       'identifier', 'job', 'payload', json_build_object('id', i))) FROM generate_series(1, $1) i))`,
  [jobs],
);
await pgPool.query('VACUUM ANALYZE graphile_worker._private_jobs');
console.log('ready');
await once(process.stdin, 'data');
const together = { localQueue: { size: local }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const cpu = process.cpuUsage();
const start = performance.now();
let done = 0;
let resolve;
const all = new Promise((r) => { resolve = r; });
const runner = await run({
  pgPool,
  logger,
  noHandleSignals: true,
  preset: { worker: { concurrentJobs: concurrency, ...(local > 0 ? together : {}) } },
  taskList: {
    job: async () => {
      done += 1;
      if (done === jobs) resolve();
    },
  },
});
await all;
// The last are taken out in the background.
const left = async () => (await pgPool.query('SELECT count(*)::int AS n FROM graphile_worker._private_jobs')).rows[0].n;
while ((await left()) > 0) await new Promise((later) => { setTimeout(later, 10); });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6 }));
await runner.stop();
process.exit(0);
