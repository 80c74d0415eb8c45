import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../errors.js';
import { createMember, type MemberOptions, type Stretch, type TeamMember } from './member.js';
import type { MemberAnswer } from './members-in-workers.js';
import type { Order } from './team.js';

/** Entry of a worker thread that trains: a member of the team that follows orders. */
function serve(options: MemberOptions): void {
  const answer = (message: MemberAnswer) => parentPort!.postMessage(message);
  let member: TeamMember;
  try {
    member = createMember(options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    answer({ failure: error.message });
    return;
  }
  parentPort!.on('message', (order: Order) => {
    let stretch: Stretch | undefined;
    if (order.kind === 'load') member.load();
    else if (order.kind === 'evaluate') while (member.evaluatePart(order.step));
    else {
      stretch = member.train(order.from, order.to);
      if (options.index === 0) member.publish();
    }
    answer({ stretch });
  });
  answer({ stretch: undefined });
}

serve(workerData as MemberOptions);
