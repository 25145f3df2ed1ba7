import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Describes `api` at `/docs` and, for programs, at `/openapi.json` of `part`. */
export function describeApi(api: NestFastifyApplication, part: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('streamstop')
    .setDescription('Stops media streams on live SignalWire calls.')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('docs', part, () => SwaggerModule.createDocument(api, description), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
  });
}
