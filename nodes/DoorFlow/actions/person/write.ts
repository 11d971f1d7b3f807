import type { IDataObject } from 'n8n-workflow';

import type { Call } from '../../call';

/** Creates a person. @param body in DoorFlow's words @throws DoorFlowError */
export async function createPerson(call: Call, body: IDataObject): Promise<IDataObject> {
	const about = { doing: 'create the person' };
	return (await call.request({ method: 'POST', path: '/api/3/people', body, about })).body;
}

/** Changes a person; what is not in the body stays as it is. @throws DoorFlowError */
export async function updatePerson(call: Call, id: string, body: IDataObject): Promise<IDataObject> {
	const about = { doing: 'update the person', target: { thing: 'person', id } };
	return (await call.request({ method: 'PUT', path: `/api/3/people/${id}`, body, about })).body;
}
