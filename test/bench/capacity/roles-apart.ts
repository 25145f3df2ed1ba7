import type { RunningService, Stage } from '../stage.js';

/** The service with each role in processes of its own. */
export interface RolesApart {
  readonly api: RunningService;
  readonly documents: RunningService;
  readonly startWorker: () => Promise<RunningService>;
}

/** @param variables further ones, for all roles */
export async function startRolesApart(
  stage: Stage,
  stubUrl: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RolesApart> {
  // As docs/operations.md asks for it. The file is flushed every second, which is the default.
  await stage.redis.config('SET', 'appendonly', 'yes');
  const documents = await stage.service({ roles: 'documents', stubUrl, variables });
  const shared = { ...variables, LINK_SECRET: documents.linkSecret, PUBLIC_URL: documents.documentsUrl };
  return {
    documents,
    api: await stage.service({ roles: 'api', stubUrl, variables: shared }),
    startWorker: () => stage.service({ roles: 'worker', stubUrl, variables: shared }),
  };
}
