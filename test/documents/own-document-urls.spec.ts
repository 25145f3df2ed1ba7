import { expect, it } from 'vitest';
import { unverifiedOwn } from '../../src/documents/own-document-urls.js';

const PUBLIC_URLS = ['https://stop.example.com', 'https://example.org/base'];

it.each([
  ['https://stop.example.com/laml/templates/a?STREAMNAME={streamName}', true],
  ['https://STOP.example.com:443/laml/stop-stream?STREAMNAME={streamName}', true],
  ['https://example.org/base/laml/templates/a', true],
  ['https://example.org/laml/templates/a', false],
  ['https://stop.example.com/laml-bins/a', false],
  ['https://stop.example.com.evil.example/laml/templates/a', false],
  ['https://example.signalwire.com/laml-bins/ID?to=https://stop.example.com/laml/', false],
  [null, false],
])('%s points to the public port: %s', (documentUrl, isOwn) => {
  const own = { name: 'own', documentUrl, signingKeys: [] };
  const verified = { name: 'verified', documentUrl, signingKeys: ['key'] };
  expect(unverifiedOwn([own, verified], PUBLIC_URLS)).toEqual(isOwn ? ['own'] : []);
});
