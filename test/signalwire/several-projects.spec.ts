import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import type { Project } from '../../src/projects/project.js';
import { Projects } from '../../src/projects/projects.js';
import { SignalWireClient } from '../../src/signalwire/signalwire.client.js';
import { CredentialsRefusedError } from '../../src/signalwire/signalwire.errors.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { BILLING, FRAUD, scratchFile } from '../projects/fixtures/projects-file.js';

const UPDATE = { url: 'http://127.0.0.1:1/', fallbackUrl: null };

/** A connection is not yet free when its answer has been read, so that the next update may take a second one. */
const AT_ONCE = 2;

type Entry = typeof BILLING;

const basic = ({ projectId, apiToken }: Entry): string =>
  `Basic ${Buffer.from(`${projectId}:${apiToken}`).toString('base64')}`;

const accept: RequestListener = (_request, response) => {
  response.end('{"sid":"x"}');
};

/** A client for the projects of a file, which can be written anew. */
async function clientFor(...entries: readonly Entry[]) {
  const path = await scratchFile({ projects: entries });
  const environment = readEnvironment(ServiceEnvironment, {
    REDIS_URL: 'redis://127.0.0.1:6379',
    PUBLIC_URL: 'https://stop.example.com',
    LINK_SECRET: 'a secret of thirty-two bytes or more',
    SIGNALWIRE_PROJECTS_FILE: path,
  });
  const projects = new Projects(environment);
  const client = new SignalWireClient(environment, projects);
  onTestFinished(() => client.onApplicationShutdown());
  return {
    client,
    project: (name: string): Project => projects.requested(name),
    reload: async (...changed: readonly Entry[]) => {
      await writeFile(path, JSON.stringify({ projects: changed }));
      projects.reload();
    },
  };
}

/** A space that shows who asked for what, over which connections. */
async function space(listener = accept) {
  const requests: { path?: string; authorization?: string }[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    requests.push({ path: request.url, authorization: request.headers.authorization });
    request.resume();
    listener(request, response);
  });
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, sockets, server, allClosed: () => Promise.all(sockets.map(closed)) };
}

const closed = async (socket: Socket): Promise<void> => {
  if (!socket.closed) await once(socket, 'close');
};

describe('a client of several projects', () => {
  it('speaks to the space of each, as each', async () => {
    const simulators = await Promise.all(
      [BILLING, FRAUD].map(({ projectId, apiToken }) => startSimulator({ log: false, projectId, apiToken })),
    );
    onTestFinished(async () => void (await Promise.all(simulators.map((simulator) => simulator.close()))));
    const entries = [BILLING, FRAUD].map((entry, n) => ({ ...entry, spaceUrl: simulators[n]?.url ?? '' }));
    const { client, project } = await clientFor(...entries);

    for (const [n, simulator] of simulators.entries()) {
      const [own, other] = n === 0 ? ['billing', 'fraud'] : ['fraud', 'billing'];
      const { sid } = simulator.createCall();
      await expect(client.callState(project(own), sid)).resolves.toBe('in-progress');
      await expect(client.updateCall(project(own), sid, UPDATE)).resolves.toMatchObject({ httpStatus: 200 });
      expect(simulator.call(sid).updates).toMatchObject([{ authorized: true, applied: true }]);
      const stranger = { ...project(other), spaceUrl: simulator.url };
      await expect(client.updateCall(stranger, sid, UPDATE)).rejects.toBeInstanceOf(CredentialsRefusedError);
    }
  });

  it('has the connections to one space in common, and the credentials apart', async () => {
    const { url, requests, sockets } = await space();
    const { client, project } = await clientFor({ ...BILLING, spaceUrl: url }, { ...FRAUD, spaceUrl: url });
    for (let round = 0; round < 5; round += 1) {
      for (const name of ['billing', 'fraud']) await client.callState(project(name), 'c');
    }
    expect(requests.slice(0, 2)).toEqual(
      [BILLING, FRAUD].map((entry) => ({
        path: `/api/laml/2010-04-01/Accounts/${entry.projectId}/Calls/c`,
        authorization: basic(entry),
      })),
    );
    expect(requests).toHaveLength(10);
    expect(sockets.length).toBeLessThanOrEqual(AT_ONCE);
  });

  it('keeps the token of each out of its errors', async () => {
    const { url } = await space(({ headers }, response) => {
      const text = `${headers.authorization} ${Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString()}`;
      response.writeHead(400).end(JSON.stringify({ message: text }));
    });
    const { client, project } = await clientFor({ ...BILLING, spaceUrl: url }, { ...FRAUD, spaceUrl: url });
    for (const { name, projectId } of [BILLING, FRAUD]) {
      await expect(client.callState(project(name), 'c')).rejects.toMatchObject({
        message: `Basic (secret) ${projectId}:(secret)`,
      });
    }
  });
});

describe('a reload of the projects', () => {
  it('changes the credentials of the next request', async () => {
    const { url, requests } = await space();
    const entry = { ...BILLING, spaceUrl: url };
    const { client, project, reload } = await clientFor(entry);
    await client.callState(project('billing'), 'c');
    await reload({ ...entry, apiToken: 'PTnew' });
    await client.callState(project('billing'), 'c');
    expect(requests.map(({ authorization }) => authorization)).toEqual([
      basic(BILLING),
      basic({ ...BILLING, apiToken: 'PTnew' }),
    ]);
  });

  it('closes the connections to a space that no project has any more, and no others', async () => {
    const [kept, gone] = [await space(), await space()];
    const entries = [
      { ...BILLING, spaceUrl: kept.url },
      { ...FRAUD, spaceUrl: gone.url },
    ] as const;
    const { client, project, reload } = await clientFor(...entries);
    for (const name of ['billing', 'fraud']) await client.callState(project(name), 'c');
    await reload(entries[0]);
    await gone.allClosed();
    await client.callState(project('billing'), 'c');
    expect(kept.sockets.length).toBeLessThanOrEqual(AT_ONCE);
    expect(kept.sockets.map((socket) => socket.closed)).not.toContain(true);
  });

  it('lets the requests that are under way end, and later ones of the old project too', async () => {
    const held: (() => void)[] = [];
    const gone = await space((request, response) => {
      held.push(() => accept(request, response));
    });
    const { client, project, reload } = await clientFor({ ...FRAUD, spaceUrl: gone.url });
    const old = project('fraud');
    const underWay = client.updateCall(old, 'c', UPDATE);
    await once(gone.server, 'request');
    await reload(BILLING);
    const later = client.updateCall(old, 'c', UPDATE);
    await once(gone.server, 'request');
    for (const answer of held) answer();
    expect(await Promise.all([underWay, later])).toMatchObject([{ httpStatus: 200 }, { httpStatus: 200 }]);
    expect(gone.sockets).toHaveLength(2);
  });

  it('lets a redirect that is under way go on', async () => {
    let reloaded: Promise<void> | undefined;
    const server = await space((request, response) => {
      if (request.url === '/end') return accept(request, response);
      reloaded = reload(BILLING);
      void reloaded.then(() => response.writeHead(307, { location: '/end' }).end());
    });
    const { client, project, reload } = await clientFor({ ...FRAUD, spaceUrl: server.url });
    await expect(client.updateCall(project('fraud'), 'c', UPDATE)).resolves.toMatchObject({
      httpStatus: 200,
    });
    expect(server.requests).toHaveLength(2);
  });
});
