import { IsHttpUrl } from '../../platform/validation/is-http-url.js';
import { Optional } from '../../platform/validation/optional.js';
import { IsOneOf } from '../environment.rules.js';

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

/** What OpenTelemetry itself reads, declared so that a mistake is found at the start. */
export class TracesEnvironment {
  @Optional()
  @IsHttpUrl('$property must be the http or https URL of a collector, such as http://collector:4318')
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Optional()
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string;

  @Optional()
  readonly OTEL_SERVICE_NAME?: string;

  @Optional()
  @IsOneOf(SAMPLERS)
  readonly OTEL_TRACES_SAMPLER?: string;

  @Optional()
  readonly OTEL_TRACES_SAMPLER_ARG?: string;
}
