import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject, OperationObject, SchemaObject } from '@nestjs/swagger';
import { ServiceEnvironment } from '../config/service.environment.js';
import { version } from '../platform/package-info.js';
import { PROBLEM_JSON } from '../platform/http/problems/problem.js';
import { METRICS_TOKEN_SCHEME } from '../operations/metrics/metrics-token.guard.js';
import { PROBLEMS } from '../problems/catalogue.js';

const ABOUT =
  'Stops media streams on live SignalWire calls. A request is answered at once with a cancellation, which is sent and retried until ' +
  'there is evidence that the stream stops, or its deadline passes.\n\n' +
  'Bodies are UTF-8 JSON; an unknown field is an error, and `null` means absent. Times are ISO 8601 in UTC. Errors are ' +
  '`application/problem+json` (RFC 9457) with a stable `code`; `GET /problems` explains each.\n\n' +
  'Every response has the header `X-Request-Id`: that of the request, or a new one. The cancellation and the log have it, too, and the ' +
  'trace of a W3C `traceparent`.';

/** In the order in which the page shows them. */
const TAGS = {
  cancellations: 'Stop streams, see what has happened, withdraw and retry.',
  events: 'Follow cancellations as they change, as Server-Sent Events.',
  operations: 'The state of the service, for operators, probes and scrapes.',
  session: 'Log a browser in.',
  problems: 'What each error means, and what to do about it.',
};

/** Describes the API at `/docs`, and for programs at `/openapi.json`. */
export function describeApi(app: INestApplication): void {
  const { BASE_PATH } = app.get(ServiceEnvironment, { strict: false });
  SwaggerModule.setup('docs', app, () => apiDescription(app, BASE_PATH), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customCss: '.swagger-ui .topbar { display: none }',
    customSiteTitle: 'streamstop API',
    swaggerOptions: {
      deepLinking: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      persistAuthorization: true,
    },
  });
}

/** @param basePath the path below which a proxy shows the API */
export function apiDescription(app: INestApplication, basePath = '/'): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('streamstop')
    .setVersion(version)
    .setDescription(ABOUT)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(basePath)
    .addBearerAuth({
      type: 'http',
      bearerFormat: 'API key',
      description:
        'an API key of `API_KEYS` or `API_KEYS_FILE`, with the scope that the route needs; `npm run api-key` makes one. ' +
        'Without API keys, the service answers to its own machine alone.',
    })
    .addBearerAuth({ type: 'http', description: '`METRICS_TOKEN`, where it is set' }, METRICS_TOKEN_SCHEME);
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build());
  return withOtherProblems(withProblemCodes(document));
}

/** The class of a problem is that of any HTTP server, which does not know which ones this API has. */
function withProblemCodes(document: OpenAPIObject): OpenAPIObject {
  const problem = document.components?.schemas?.['Problem'] as SchemaObject | undefined;
  Object.assign(problem?.properties?.['code'] ?? {}, { enum: Object.keys(PROBLEMS) });
  return document;
}

const OTHER_PROBLEMS = {
  description: 'any other problem, such as a request that is not HTTP or too long, or a fault in the service',
  content: { [PROBLEM_JSON]: { schema: { $ref: getSchemaPath('Problem') } } },
};

/** Swagger's own global responses would be those of every description that the process makes. */
function withOtherProblems(document: OpenAPIObject): OpenAPIObject {
  const operations = Object.values(document.paths).flatMap((path): unknown[] => Object.values(path));
  for (const { responses } of operations as OperationObject[]) responses.default ??= OTHER_PROBLEMS;
  return document;
}
