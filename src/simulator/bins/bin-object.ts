import { rfc2822 } from '../laml/call-object.js';
import type { Params } from '../laml/update-params.js';
import { binUrl } from './bins.service.js';
import type { Bin } from './bins.service.js';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** The "cXML script" object of the Compatibility API. */
export const binObject = (bin: Bin, accountSid: string, origin: string): object => ({
  sid: bin.sid,
  account_sid: accountSid,
  name: bin.name,
  contents: bin.contents,
  request_url: binUrl(origin, bin),
  num_requests: bin.requests,
  date_created: rfc2822(bin.createdAt),
  date_updated: rfc2822(bin.updatedAt),
  date_last_accessed: bin.lastRequestAt === null ? null : rfc2822(bin.lastRequestAt),
  api_version: '2010-04-01',
  uri: `${uriOf(accountSid)}/${bin.sid}.json`,
});

/** One page of bins in the list format of the Compatibility API. `Page` counts from 0. */
export function binList(bins: readonly Bin[], accountSid: string, origin: string, query: Params): object {
  const size = Math.min(numberIn(query['PageSize'], DEFAULT_PAGE_SIZE) || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const page = numberIn(query['Page'], 0);
  const uriOfPage = (number: number) => `${uriOf(accountSid)}?Page=${number}&PageSize=${size}`;
  return {
    uri: uriOfPage(page),
    first_page_uri: uriOfPage(0),
    next_page_uri: (page + 1) * size < bins.length ? uriOfPage(page + 1) : null,
    previous_page_uri: page > 0 ? uriOfPage(page - 1) : null,
    page,
    page_size: size,
    laml_bins: bins.slice(page * size, (page + 1) * size).map((bin) => binObject(bin, accountSid, origin)),
  };
}

const numberIn = (text: string | undefined, fallback: number): number =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : fallback;

const uriOf = (accountSid: string): string => `/api/laml/2010-04-01/Accounts/${accountSid}/LamlBins`;
