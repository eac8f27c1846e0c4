/** Every area's contract in one object: what the mini-program's client, OpenAPI and the API stack are made from. */
import { attendanceRoutes } from './attendance/routes.ts';
import { billingRoutes } from './billing/routes.ts';
import { identityRoutes } from './identity/routes.ts';
import { libraryRoutes } from './library/routes.ts';
import { messagingRoutes } from './messaging/routes.ts';
import { offeringRoutes } from './offering/routes.ts';
import { organisationRoutes } from './organisation/routes.ts';
import { payoutRoutes } from './payout/routes.ts';
import { schoolRoutes } from './school/routes.ts';
import { selectionRoutes } from './selection/routes.ts';
import { supervisionRoutes } from './supervision/routes.ts';
import { teachingRoutes } from './teaching/routes.ts';

export const areas = {
  organisation: organisationRoutes,
  identity: identityRoutes,
  school: schoolRoutes,
  library: libraryRoutes,
  offering: offeringRoutes,
  selection: selectionRoutes,
  attendance: attendanceRoutes,
  billing: billingRoutes,
  teaching: teachingRoutes,
  payout: payoutRoutes,
  supervision: supervisionRoutes,
  messaging: messagingRoutes,
};
export type AreaName = keyof typeof areas;
