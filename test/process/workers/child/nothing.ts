export const collector = 1;
