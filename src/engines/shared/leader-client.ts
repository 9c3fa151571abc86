/**
 * A leader as its clients see it, under every engine: typed requests and typed answers. The engine encodes
 * the requests, and checks the answers.
 */
import type {Result} from '../../base/failure.ts';
import type {Key, LeaderId} from '../../base/ids.ts';
import type {Dot, VersionVector} from '../../core/log/version-vector.ts';
import type {Reading} from '../../core/state/reading.ts';
import type {LeaderMeasurement} from '../../port/cluster.ts';
import type {LeaderRequest, LogPage, Written} from '../../wire/leader-control.ts';
import type {LeaderState} from './model/leader-state.ts';

/** The answer to each request of a client, by the type of the request. */
export interface LeaderAnswers {
  readonly write: Written;
  /** `vv`: the operations that the leader had applied when it read the key. */
  readonly read: {readonly reading: Reading; readonly vv: VersionVector};
  readonly keys: {readonly keys: readonly Key[]};
  readonly log: LogPage;
  /** The operations that were skipped. */
  readonly skip: {readonly dots: readonly Dot[]};
  readonly status: LeaderMeasurement;
}

export type RequestType = keyof LeaderAnswers;
export type RequestOf<Type extends RequestType> = LeaderRequest & {readonly type: Type};

export interface LeaderClient {
  readonly id: LeaderId;
  readonly state: LeaderState;
  /**
   * Never rejects. The code of a failure says whether the request may have been carried out all the same
   * (`UNKNOWN_OUTCOMES`).
   */
  request<Type extends RequestType>(
    request: RequestOf<Type>,
    timeoutMs?: number,
  ): Promise<Result<LeaderAnswers[Type]>>;
}
