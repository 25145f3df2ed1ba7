import { createPrivateKey } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

function isEd25519Key(pem: unknown): boolean {
  try {
    return typeof pem === 'string' && createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

/** An Ed25519 private key in PEM. Where a variable must be one line, `\n` stands for a line break. */
export const IsEd25519Key = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.replaceAll(String.raw`\n`, '\n') : value,
    ),
    ValidateBy({
      name: 'isEd25519Key',
      validator: {
        validate: isEd25519Key,
        defaultMessage: (args) =>
          `${args?.property} must be an Ed25519 private key in PEM, without a password; make one with: openssl genpkey -algorithm ed25519`,
      },
    }),
  );
