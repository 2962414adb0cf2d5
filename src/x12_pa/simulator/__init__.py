"""A payer to practise on: real files behind a real SFTP server, answers by rules.

`payer.Payer` looks into its mailbox when it is told to (`poll`), `sftp_server.SftpServer` shows the
mailbox to clients, `personality` reads what the payer answers. Nothing is imported from here,
because the server pulls in an SSH library that the rest of the program does without.
"""
