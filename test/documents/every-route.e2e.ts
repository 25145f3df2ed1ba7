import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { configureDocuments } from '../../src/documents/documents.server.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { DocumentsModule } from '../../src/documents/documents.module.js';
import { PING_PATH } from '../../src/links/ping.js';
import { ProcessModule, sharedByRoles } from '../../src/process.module.js';
import { signForm } from '../../src/simulator/outgoing/signature.js';
import { testVariables } from '../support/service.js';

const KEY = 'PSK0123456789abcdef';
const OLD_KEY = 'PSKbefore';

describe('every route of the public port', () => {
  it('requires a signature in either header, with either key during a rotation', async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const variables = {
      ...(await testVariables(nowhere)),
      SIGNALWIRE_SIGNING_KEY: KEY,
      SIGNALWIRE_PREVIOUS_SIGNING_KEY: OLD_KEY,
    };
    const environment = readEnvironment(ServiceEnvironment, variables);
    const shared = await sharedByRoles(environment);
    const adapter = httpAdapter('documents', shared.metrics);
    const routes: { method: 'GET' | 'HEAD' | 'POST'; url: string }[] = [];
    adapter.getInstance().addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) {
        routes.push({ method: each as 'GET' | 'HEAD' | 'POST', url: url.replaceAll(/:\w+/g, 'x') });
      }
    });
    const app = await NestFactory.create<NestFastifyApplication>(
      ProcessModule.running(DocumentsModule, shared),
      adapter,
      { logger: false, bodyParser: false },
    );
    onTestFinished(() => app.close());
    configureDocuments(app);
    await app.init();

    expect(routes.length).toBeGreaterThanOrEqual(9);
    // The setup check is not SignalWire.
    const signed = routes.filter(({ url }) => !url.startsWith(PING_PATH));
    for (const { method, url } of signed) {
      const right = signForm(KEY, environment.PUBLIC_URL + url, {});
      const statusWith = async (headers: Record<string, string>) =>
        (await app.inject({ method, url, headers })).statusCode;
      expect([method, url, await statusWith({})]).toEqual([method, url, 403]);
      expect(await statusWith({ 'x-signalwire-signature': right.replace(/^./, '-') })).toBe(403);
      expect(await statusWith({ 'x-signalwire-signature': right })).not.toBe(403);
      expect(await statusWith({ 'x-twilio-signature': right })).not.toBe(403);
      const before = signForm(OLD_KEY, environment.PUBLIC_URL + url, {});
      expect(await statusWith({ 'x-signalwire-signature': before })).not.toBe(403);
    }
  });
});
