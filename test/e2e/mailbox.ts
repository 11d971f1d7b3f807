import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Text of a mail as it was before it was made fit for transport. */
const readable = (mail: string): string =>
	/^Content-Transfer-Encoding: base64\r?$/im.test(mail)
		? Buffer.from(mail.slice(mail.indexOf('\r\n\r\n')), 'base64').toString('utf8')
		: mail
				.replace(/=\r\n/g, '')
				.replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** A mail server that takes whatever comes and keeps it. */
export class Mailbox {
	/** Oldest first, readable. */
	readonly mails: string[] = [];

	private constructor(private readonly server: Server) {}

	/** Starts one on loopback. */
	static async start(): Promise<Mailbox> {
		const server = createServer();
		await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
		const mailbox = new Mailbox(server);
		server.on('connection', (socket) => mailbox.serve(socket));
		return mailbox;
	}

	get port(): number {
		return (this.server.address() as AddressInfo).port;
	}

	stop(): void {
		this.server.close();
	}

	private serve(socket: Socket): void {
		let received = '';
		let isMail = false;
		const say = (line: string): void => void socket.write(`${line}\r\n`);
		socket.on('error', () => socket.destroy());
		socket.setEncoding('utf8').on('data', (text: string) => {
			received += text;
			for (;;) {
				const end = received.indexOf(isMail ? '\r\n.\r\n' : '\r\n');
				if (end < 0) return;
				const part = received.slice(0, end);
				received = received.slice(end + (isMail ? 5 : 2));
				if (isMail) this.mails.push(readable(part));
				isMail = !isMail && /^DATA$/i.test(part);
				say(isMail ? '354 go on' : /^QUIT$/i.test(part) ? '221 bye' : '250 ok');
			}
		});
		say('220 mailbox');
	}
}
