/** The door of tracking: what recipients' mail programs and browsers bring back. */
export { createTracking, type Tracking, type TrackingDeps } from './tracking.ts';
