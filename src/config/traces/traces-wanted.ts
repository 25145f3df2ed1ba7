/** Asked before anything else is loaded, so that this file imports nothing. */
export const areTracesWanted = (
  { OTEL_EXPORTER_OTLP_ENDPOINT = '', OTEL_SDK_DISABLED = '' }: NodeJS.ProcessEnv = process.env,
): boolean => OTEL_EXPORTER_OTLP_ENDPOINT !== '' && OTEL_SDK_DISABLED.toLowerCase() !== 'true';
