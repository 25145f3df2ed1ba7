import { IsOptional, IsString, Matches } from 'class-validator';

/** The variables that decide which Redis a development run uses. */
export class RedisEnvironment {
  @IsOptional()
  @Matches(/^rediss?:\/\/./, { message: 'REDIS_URL must be a redis:// or rediss:// URL' })
  REDIS_URL?: string;

  @IsOptional()
  @IsString()
  PATH?: string;

  @IsOptional()
  @IsString()
  XDG_CACHE_HOME?: string;

  @IsOptional()
  @IsString()
  HOME?: string;
}
