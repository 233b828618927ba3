// Runs the steps of a client program and prints one line for each: `pass | client | server | step`.

import { createRequire } from 'node:module';

export const url = process.env.ROCKETCHAT_URL;
export const server = process.env.MOCK_SERVER_LABEL;
export const profile = process.env.MOCK_SERVER_PROFILE;
export const honoursQuery = process.env.MOCK_HONOURS_QUERY === 'yes';
/** From 7.5 on, logging out answers an empty body. */
export const logoutIsEmpty = profile === '8';

/** The accounts of fixtures/workspace/identities.json; the password is the name. */
export const accounts = {
	admin: { id: 'adminXXaccount222', token: 'admin-ready-made-token-of-the-mock-server-0' },
	stats: { id: 'statsXXaccount222', token: 'stats-ready-made-token-of-the-mock-server-0' },
	user: { id: 'usersXXaccount222', token: 'user-ready-made-token-of-the-mock-server-00' },
};

/**
 * Requires a client from the folder it was installed to: ECMAScript imports would look beside this file.
 * @param {string} name the package, or a file of it
 */
export const load = createRequire(`${process.env.CLIENTS_DIR}/`);

/**
 * Runs one step and prints its line; the next ones run either way.
 * @param {string} client
 */
export function stepsOf(client) {
	return async (name, body) => {
		try {
			await body();
			console.log(`pass | ${client} | ${server} | ${name}`);
		} catch (error) {
			process.exitCode = 1;
			console.log(`fail | ${client} | ${server} | ${name}`);
			console.error(error);
		}
	};
}

/** What a call rejects with; a call that succeeds is a failure. */
export async function rejection(call) {
	let answer;
	try {
		answer = await call();
	} catch (error) {
		return error;
	}
	throw new Error(`expected a rejection, got ${JSON.stringify(answer)}`);
}
