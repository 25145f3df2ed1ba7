import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import { PROBLEMS } from '../problems/catalogue.js';
import type { Statement } from './statement.js';

export const PROOF_ALGORITHM = 'Ed25519';

/** By what a proof can be verified. */
export interface PublicProofKey {
  /** The SHA-256 of the public key in DER (SubjectPublicKeyInfo), in hexadecimal. */
  readonly keyId: string;
  readonly algorithm: typeof PROOF_ALGORITHM;
  /** In PEM. */
  readonly publicKey: string;
}

/** A statement with its signature (https://www.rfc-editor.org/rfc/rfc8032). */
export interface Signed extends Pick<PublicProofKey, 'keyId' | 'algorithm'> {
  /** The statement as it was signed: its bytes, in base64. */
  readonly payload: string;
  /** 64 bytes, in base64. */
  readonly signature: string;
}

/** Signs statements with `PROOF_KEY`. */
@Injectable()
export class ProofSigner {
  private readonly key: KeyObject | null;
  private readonly known: PublicProofKey | null;

  constructor({ PROOF_KEY }: ServiceEnvironment) {
    this.key = PROOF_KEY === undefined ? null : createPrivateKey(PROOF_KEY);
    this.known = this.key && publicKeyOf(this.key);
  }

  /** @throws {ApiError} `proof_key_missing` */
  get publicKey(): PublicProofKey {
    if (this.known === null) throw keyMissing();
    return this.known;
  }

  /** @throws {ApiError} `proof_key_missing` */
  sign(statement: Statement): Signed {
    if (this.key === null) throw keyMissing();
    const { keyId, algorithm } = this.publicKey;
    const payload = Buffer.from(JSON.stringify(statement));
    const signature = sign(null, payload, this.key);
    return {
      keyId,
      algorithm,
      payload: payload.toString('base64'),
      signature: signature.toString('base64'),
    };
  }
}

const keyMissing = (): ApiError =>
  new ApiError(PROBLEMS.proof_key_missing, 'PROOF_KEY is not set, so nothing can be signed');

function publicKeyOf(key: KeyObject): PublicProofKey {
  const publicKey = createPublicKey(key);
  return {
    keyId: hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex'),
    algorithm: PROOF_ALGORITHM,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
