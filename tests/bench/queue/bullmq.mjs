// Jobs of BullMQ, put first and then worked off: `node bullmq.mjs PORT JOBS CONCURRENCY`, in a folder that has it.
import { createRequire } from 'node:module';
import { once } from 'node:events';

const require = createRequire(`${process.cwd()}/`);
const { Queue, Worker } = require('bullmq');
const [port, jobs, concurrency] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const queue = new Queue('bench', { connection });
for (let at = 0; at < jobs; at += 1000) {
  const many = Array.from({ length: Math.min(1000, jobs - at) }, (_, i) => ({
    name: 'job',
    data: { id: at + i },
    opts: { removeOnComplete: true, removeOnFail: true },
  }));
  await queue.addBulk(many);
}
console.log('ready');
await once(process.stdin, 'data');
const cpu = process.cpuUsage();
const start = performance.now();
await new Promise((resolve) => {
  let done = 0;
  const worker = new Worker('bench', async () => {}, { connection, concurrency });
  worker.on('completed', () => {
    done += 1;
    if (done === jobs) resolve();
  });
});
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6 }));
process.exit(0);
