import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import { PROBLEMS } from '../problems/catalogue.js';

export const PROOF_ALGORITHM = 'Ed25519';

/** Signs statements with `PROOF_KEY`. */
@Injectable()
export class ProofSigner {
  private readonly keys: { readonly key: KeyObject; readonly shown: ReturnType<typeof publicKeyOf> } | null;

  constructor({ PROOF_KEY }: ServiceEnvironment) {
    const key = PROOF_KEY === undefined ? null : createPrivateKey(PROOF_KEY);
    this.keys = key && { key, shown: publicKeyOf(key) };
  }

  /** @throws {ApiError} `proof_key_missing` */
  get publicKey() {
    return this.demandKeys().shown;
  }

  /**
   * The statement with its signature (https://www.rfc-editor.org/rfc/rfc8032).
   *
   * @throws {ApiError} `proof_key_missing`
   */
  sign(statement: object) {
    const { key, shown } = this.demandKeys();
    const payload = Buffer.from(JSON.stringify(statement));
    return {
      keyId: shown.keyId,
      algorithm: shown.algorithm,
      payload: payload.toString('base64'),
      signature: sign(null, payload, key).toString('base64'),
    };
  }

  private demandKeys() {
    if (this.keys === null)
      throw new ApiError(PROBLEMS.proof_key_missing, 'PROOF_KEY is not set, so nothing can be signed');
    return this.keys;
  }
}

function publicKeyOf(key: KeyObject) {
  const publicKey = createPublicKey(key);
  return {
    keyId: hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex'),
    algorithm: PROOF_ALGORITHM,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  } as const;
}
