import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** The paths of a certificate and of its private key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of one's own, which signs certificates for a day. */
export class Authority {
  private constructor(
    private readonly folder: string,
    private readonly own: Certificate,
  ) {}

  static async create(folder: string, name: string): Promise<Authority> {
    return new Authority(folder, await issue(folder, name, ['-addext', 'basicConstraints=critical,CA:TRUE']));
  }

  /** What those need who are to trust its certificates. */
  get cert(): string {
    return this.own.cert;
  }

  /** @param name of a host, or of a client */
  sign(name: string): Promise<Certificate> {
    const signer = ['-CA', this.own.cert, '-CAkey', this.own.key];
    return issue(this.folder, name, [...signer, '-addext', `subjectAltName=DNS:${name}`]);
  }
}

async function issue(folder: string, name: string, options: readonly string[]): Promise<Certificate> {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const files = ['-keyout', key, '-out', cert, '-days', '1', '-subj', `/CN=${name}`];
  await promisify(execFile)('openssl', ['req', '-x509', ...KEY, ...files, ...options]);
  return { cert, key };
}
