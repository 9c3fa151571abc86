/**
 * A leader as those see it who ask it on behalf of clients, whatever it is made of.
 */
import type * as z from 'zod';
import type {Result} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LeaderRequest} from '../../wire/leader-control.ts';
import type {LeaderState} from './model/build-view.ts';

export interface LeaderClient {
  readonly id: LeaderId;
  readonly state: LeaderState;
  /**
   * Never rejects; the code of a failure tells whether the request may have been carried out all the same.
   */
  request<T>(request: LeaderRequest, result: z.ZodType<T>, timeoutMs?: number): Promise<Result<T>>;
}
