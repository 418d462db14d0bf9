/** The environment variable that tells commands in a virtual machine that it is emulated, so that all takes longer: `1`. */
export const EMULATED_VARIABLE = 'GLOVEBOX_EMULATED';
