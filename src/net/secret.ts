/**
 * The token of a cluster: a client that knows it may control the leaders. Leaders send each other an id made
 * from it. So a process that takes the port of a dead leader can impersonate a leader, but cannot control
 * one.
 */
import {createHash, timingSafeEqual} from 'node:crypto';

/** Compares in constant time, whatever the lengths. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** The id of the cluster that leaders send in their greetings. */
export const clusterIdOf = (token: string): string => digest(`leaderlab cluster ${token}`).toString('hex');

/** Whether a greeting names the cluster of this token. */
export const namesCluster = (cluster: string, token: string): boolean =>
  sameSecret(cluster, clusterIdOf(token));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
