import { describe, expect, it } from 'vitest';
import { documentHostFault, parseDocumentHosts } from '../../src/cxml/document-hosts.js';
import { isDocumentUrl } from '../../src/cxml/document-url.js';

describe('DOCUMENT_HOSTS', () => {
  it.each([
    ['docs.example.com', [{ hostname: 'docs.example.com', port: null }]],
    [
      ' Docs.Example.com , 10.0.0.7:8080',
      [
        { hostname: 'docs.example.com', port: null },
        { hostname: '10.0.0.7', port: 8080 },
      ],
    ],
    ['e.com:80,e.com:443', [80, 443].map((port) => ({ hostname: 'e.com', port }))],
    ['[::1],[::1]:8080', [null, 8080].map((port) => ({ hostname: '[::1]', port }))],
    ['bücher.example', [{ hostname: 'xn--bcher-kva.example', port: null }]],
  ])('reads %j', (text, hosts) => {
    expect(parseDocumentHosts(text)).toEqual(hosts);
  });

  it.each([
    '',
    ',',
    'a,',
    'https://e.com',
    'e.com/',
    'e.com/path',
    'e.com?x',
    'e.com#x',
    'u@e.com',
    'u:p@e.com',
    '*.e.com',
    '*',
    'e.com:',
    'e.com:99999',
    'e.com:x',
    'e com',
    'e\\com',
    '%65.com',
  ])('refuses %j', (text) => {
    expect(parseDocumentHosts(text)).toBeNull();
  });
});

const isAllowed = (documentUrl: string, text: string): boolean =>
  documentHostFault(documentUrl, parseDocumentHosts(text) ?? []) === null;

describe("a request's documentUrl", () => {
  it.each([
    ['https://e.com/?STREAMNAME={streamName}', 'e.com'],
    ['http://e.com/', 'e.com'],
    ['https://e.com:443/', 'e.com'],
    ['https://e.com/', 'e.com:443'],
    ['http://e.com:80/', 'e.com:80'],
    ['https://E.COM:8443/{callSid}', 'x.com,e.com:8443'],
    ['http://[::1]:8080/', '[::1]:8080'],
    ['http://0x7f.1/', '127.0.0.1'],
  ])('%s is allowed by %s', (url, hosts) => {
    expect([isDocumentUrl(url), isAllowed(url, hosts)]).toEqual([true, true]);
  });

  it.each([
    ['https://f.com/', 'e.com'],
    ['https://sub.e.com/', 'e.com'],
    ['https://e.com.f.com/', 'e.com'],
    ['https://e.com./', 'e.com'],
    ['https://xe.com/', 'e.com'],
    ['https://e.com:8443/', 'e.com'],
    ['http://e.com/', 'e.com:443'],
    ['https://e.com:80/', 'e.com'],
    ['https://f.com/e.com', 'e.com'],
    ['https://f.com?e.com', 'e.com'],
    ['https://f.com#@e.com/', 'e.com'],
    ['https://f.com?@e.com', 'e.com'],
  ])('%s is not allowed by %s', (url, hosts) => {
    expect([isDocumentUrl(url), isAllowed(url, hosts)]).toEqual([true, false]);
  });

  it.each([
    'https://e.com@f.com/',
    'https://e%2ecom/',
    'https://e。com/',
    'https://e．com/',
    'https://ｅ.com/',
    'https://e\u00ad.com/',
    'https://e.com:80:80/',
    'https://e.com:/',
    'https://[::1/',
    'https://f.com\\@e.com/',
    'https://{streamName}.com/',
    'https:e.com',
    '//e.com/',
  ])('is never valid as %s', (url) => {
    expect(isDocumentUrl(url)).toBe(false);
  });

  it('is refused without DOCUMENT_HOSTS, with a message that names the variable', () => {
    expect(documentHostFault('https://e.com/', undefined)).toBe(
      'documentUrl is not taken here: DOCUMENT_HOSTS, the variable that says which hosts are allowed, is not set',
    );
  });
});
