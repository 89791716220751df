/** The door of tracking: what recipients' mail programs and browsers bring back. */
export { createTracking, type Tracking } from './tracking.ts';
