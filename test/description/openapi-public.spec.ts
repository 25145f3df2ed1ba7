import { createRequire } from 'node:module';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { expect, it } from 'vitest';
import { DocumentsModule } from '../../src/documents/documents.module.js';
import { previewOf } from './preview.js';

const { version } = createRequire(import.meta.url)('#package.json') as { version: string };

/**
 * For those who configure a proxy or firewall before the public port. It is not served, since that port answers to
 * strangers.
 */
const DESCRIPTION = new DocumentBuilder()
  .setOpenAPIVersion('3.1.0')
  .setTitle('streamstop, the public port')
  .setVersion(version)
  .setDescription(
    'What SignalWire fetches from `PUBLIC_URL`. Where the project has a signing key, each request carries `X-SignalWire-Signature`. ' +
      'Every refusal is an empty document.',
  )
  .setLicense('MIT', 'https://opensource.org/license/mit')
  .addServer('{publicUrl}', '`PUBLIC_URL`', { publicUrl: { default: 'https://streamstop.example.org' } })
  .addApiKey(
    {
      type: 'apiKey',
      in: 'header',
      name: 'X-SignalWire-Signature',
      description: 'made by SignalWire with the signing key of the project',
    },
    'signature',
  )
  .addSecurityRequirements('signature')
  .addTag('documents', 'What the call does next.')
  .addTag('callbacks', 'What SignalWire reports.')
  .addTag('setup', 'For the setup check.')
  .build();

it('describes the public port as docs/openapi-public.json does, by `npm run describe`', async () => {
  const description = SwaggerModule.createDocument(await previewOf(DocumentsModule), DESCRIPTION);
  const text = `${JSON.stringify(description, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/openapi-public.json');
});
