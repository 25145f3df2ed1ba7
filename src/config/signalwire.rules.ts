import { Matches, ValidateIf } from 'class-validator';

/** These forms also tell the three apart, which are easily mixed up. */
export const IsProjectId = () =>
  Matches(/^(?!PT|PSK)[\w.-]{1,128}$/, {
    message: '$property is required; it looks like 8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e, without quotes',
  });

export const IsApiToken = () =>
  Matches(/^(?!PSK)[\w.-]{1,128}$/, {
    message: '$property is required; it looks like PT followed by hexadecimal digits, without quotes',
  });

export const IsSigningKey = () =>
  Matches(/^(?!PT)[!#-&(-_a-~]{1,128}$/, {
    message: '$property must be one key without spaces and quotes, such as PSK0123456789',
  });

const OF_ONE_PROJECT = ['SIGNALWIRE_SPACE_URL', 'SIGNALWIRE_PROJECT_ID', 'SIGNALWIRE_API_TOKEN'] as const;

type ProjectVariables = Readonly<
  Partial<Record<(typeof OF_ONE_PROJECT)[number] | 'SIGNALWIRE_PROJECTS_FILE', string>>
>;

/** Required without a projects file; with one, the three variables are all set or all unset. */
export const DescribesProject = () =>
  ValidateIf(
    (environment: ProjectVariables) =>
      environment.SIGNALWIRE_PROJECTS_FILE === undefined ||
      OF_ONE_PROJECT.some((variable) => environment[variable] !== undefined),
  );
