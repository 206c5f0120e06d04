// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: Rust, whose standard library makes the calls.
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or("12345".to_string());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    let (mut client, _) = listener.accept()?;
    let mut text = [0u8; 1024];
    loop {
        let n = client.read(&mut text)?;
        if n == 0 {
            return Ok(());
        }
        client.write_all(&text[..n])?;
    }
}
