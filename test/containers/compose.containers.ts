import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import packageLock from '../../package-lock.json' with { type: 'json' };
import { ComposeProject } from './compose-project.js';

/** Containers emit no events, so the tests poll. */
const SOON = { timeout: 20_000, interval: 100 };
/** The job of a killed worker starts again within 20 s. */
const AFTER_A_CRASH = { timeout: 45_000, interval: 250 };

const OURS = ['streamstop', 'worker', 'simulator'];

describe('docker compose up with nothing configured', () => {
  let project: ComposeProject;
  beforeAll(async () => {
    project = await ComposeProject.prepare();
    await project.compose('up', '--build', '--detach', '--wait');
  });
  afterAll(() => project.remove());

  /** A cancellation of a running stream; the faults apply to its requests to SignalWire. */
  async function cancel(faults: readonly Fault[] = []): Promise<Cancellation> {
    const call = await project.simulator.createCall({ streams: [{ name: 'stream' }], faults });
    return project.api.create({ callSid: call.sid, streamName: 'stream' });
  }

  const statusOf = (id: string) => async () => (await project.api.get(id)).status;

  /** The distinct statuses of these cancellations. */
  const statusesOf = (cancellations: readonly Cancellation[]) => async () => [
    ...new Set(await Promise.all(cancellations.map(({ id }) => statusOf(id)()))),
  ];

  const streamsOf = (callSid: string) => async () => (await project.simulator.call(callSid)).streams;

  it('has only healthy containers, and ports that only this machine can reach', async () => {
    const containers = await project.containers();
    expect(
      containers.map(({ Config, State }) => [
        Config.Labels['com.docker.compose.service'],
        State.Health?.Status,
      ]),
    ).toEqual(expect.arrayContaining(['redis', ...OURS].map((service) => [service, 'healthy'])));

    const published = containers.flatMap(({ NetworkSettings }) =>
      Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings ?? []),
    );
    expect(published).toHaveLength(3);
    expect(published.every(({ HostIp }) => HostIp === '127.0.0.1')).toBe(true);
  });

  it('stops a stream and proves it', async () => {
    const { id, callSid } = await cancel();
    await expect
      .poll(() => project.api.get(id), SOON)
      .toMatchObject({
        status: 'succeeded',
        evidence: 'document_fetched',
        attempts: [{ number: 1, outcome: 'accepted' }],
      });
    await expect.poll(streamsOf(callSid), SOON).toMatchObject([{ name: 'stream', status: 'stopped' }]);
  });

  it("shows the simulator's page with all its files", async () => {
    const files = (await project.exec('simulator', 'ls', 'dist/simulator/page')).split('\n');
    expect(files).toEqual(expect.arrayContaining(['main.js', 'page.css', 'page.html']));
    for (const path of ['/', ...files.map((file) => `/page/${file}`)]) {
      expect([path, await project.simulator.statusOf(path)]).toEqual([path, 200]);
    }
  });

  it.each(OURS)('runs %s without privileges and with a read-only file system', async (service) => {
    const [container] = await project.containers(service);
    expect(container).toMatchObject({
      Config: { User: '1000:1000' },
      HostConfig: { ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] },
    });
    expect(await project.exec(service, 'id', '--user')).not.toBe('0');
    await expect(project.exec(service, 'touch', 'dist/main.js')).rejects.toThrow('Read-only file system');
  });

  it('has no development packages in its image', async () => {
    const packages = await project.exec('worker', 'sh', '-c', 'cd node_modules && echo * @*/*');
    const installed = new Set(packages.split(' '));
    expect(installed).toContain('bullmq');
    const forDevelopment = Object.entries(packageLock.packages)
      .filter(([, entry]) => 'dev' in entry)
      .map(([path]) => path.replace('node_modules/', ''));
    expect(forDevelopment.filter((name) => installed.has(name))).toEqual([]);
  });

  it('finishes a cancellation whose worker is killed during an attempt', async () => {
    const { id, callSid } = await cancel([{ latencyMs: 4500 }]);
    await expect.poll(statusOf(id), SOON).toBe('running');

    // The only child of the container's init is the worker; the restart policy restarts it.
    await project.exec('worker', 'sh', '-c', 'kill -9 $(cat /proc/1/task/1/children)');

    await expect.poll(statusOf(id), AFTER_A_CRASH).toBe('succeeded');
    await expect.poll(streamsOf(callSid), SOON).toMatchObject([{ status: 'stopped' }]);
    expect(await project.containers('worker')).toMatchObject([
      { RestartCount: 1, State: { Status: 'running' } },
    ]);
  });

  it('scales the worker', async () => {
    const workers = async () => {
      const response = await project.api.request('/queue');
      return ((await response.json()) as { workers: number }).workers;
    };
    await project.compose('up', '--detach', '--wait', '--scale', 'worker=3');
    await expect.poll(workers, SOON).toBe(3);

    const accepted = await Promise.all(Array.from({ length: 30 }, () => cancel()));
    await expect.poll(statusesOf(accepted), SOON).toEqual(['succeeded']);

    await project.compose('up', '--detach', '--wait', '--scale', 'worker=1');
    await expect.poll(workers, SOON).toBe(1);
  });

  it('keeps accepted cancellations across a restart of Redis', async () => {
    await project.compose('stop', 'worker');
    const accepted = await Promise.all(Array.from({ length: 10 }, () => cancel()));
    await project.compose('restart', 'redis');

    await expect.poll(statusesOf(accepted), SOON).toEqual(['queued']);
    await project.compose('up', '--detach', '--wait');
    await expect.poll(statusesOf(accepted), SOON).toEqual(['succeeded']);
  });

  it('finishes a running attempt before it stops with exit code 0', async () => {
    const { id } = await cancel([{ fetch: { delayMs: 3000 } }]);
    await expect.poll(async () => (await project.api.get(id)).evidence, SOON).toBe('accepted');
    // The simulator stays up for the fetch that the attempt awaits.
    await project.compose('stop', 'worker', 'streamstop');
    await project.compose('stop');
    const stopped = await project.containers();
    expect(stopped.map(({ State }) => [State.Status, State.ExitCode])).toEqual(
      ['redis', ...OURS].map(() => ['exited', 0]),
    );

    await project.compose('up', '--detach', '--wait');
    expect(await project.api.get(id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'accepted' }],
    });
  });

  it('logs JSON lines without a secret', async () => {
    const log = await project.compose('logs', '--no-log-prefix', 'streamstop', 'worker');
    // Some versions of Compose write control characters even without a terminal.
    const lines = stripVTControlCharacters(log).split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ msg: 'cancellation succeeded' }),
    );
    for (const secret of ['the-simulator-needs-no-real-secret', 'demo-key', 'PTsimulator']) {
      expect(log).not.toContain(secret);
    }
  });
});
