import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Describes the API at `/docs`, and for programs at `/openapi.json`. */
export function describeApi(app: NestFastifyApplication): void {
  const { BASE_PATH = '/' } = app.get(ServiceEnvironment, { strict: false });
  const description = new DocumentBuilder()
    .setTitle('streamstop')
    .setDescription('Stops media streams on live SignalWire calls.')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(BASE_PATH)
    .addBearerAuth({
      type: 'http',
      bearerFormat: 'API key',
      description:
        'a key of `API_KEYS` or `API_KEYS_FILE`, with the scope that the route needs; `npm run api-key` makes one',
    })
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
  });
}
