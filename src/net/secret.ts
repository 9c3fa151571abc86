/**
 * The token of a cluster: who knows it may control its leaders. On the links between leaders travels an id that is made from it, so that
 * whoever takes the port of a leader that died learns how to pose as a leader, and not how to control one.
 */
import {createHash, timingSafeEqual} from 'node:crypto';

/** In constant time, whatever the lengths. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** What the leaders of a cluster say in their greetings. */
export const clusterIdOf = (token: string): string => digest(`leaderlab cluster ${token}`).toString('hex');

/** Whether a greeting names the cluster of this token. */
export const namesCluster = (cluster: string, token: string): boolean => sameSecret(cluster, clusterIdOf(token));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
