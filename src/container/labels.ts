/** Labels on everything that is made: the engine keeps them, so that they come to be with the thing itself. */
export const ID_LABEL = 'glovebox.id';
/** What one reaper waits for: all that one process has of one engine. */
export const REAPER_LABEL = 'glovebox.reaper';
export const OWNER_LABEL = 'glovebox.owner';
export const MACHINE_LABEL = 'glovebox.machine';

export type Labels = Readonly<Record<string, string>>;
