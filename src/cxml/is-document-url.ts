import { ValidateBy } from 'class-validator';
import { isDocumentUrl, MAX_DOCUMENT_URL_LENGTH } from './document-url.js';

const EXAMPLE = 'https://example.signalwire.com/laml-bins/ID?STREAMNAME={streamName}';

export const IsDocumentUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDocumentUrl',
    validator: {
      validate: isDocumentUrl,
      defaultMessage: (args) =>
        `${args?.property} must be an http or https URL of at most ${MAX_DOCUMENT_URL_LENGTH} characters, such as ` +
        `${EXAMPLE}, without user and with its host in ASCII; {streamName} and {callSid} may stand after the host, and no other braces`,
    },
  });
