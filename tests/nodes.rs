//! Several programs beside each other, on one PostgreSQL database or on copies of one: killed, frozen, cut off
//! from their server, of different minds, and told to stop. Whatever happens, nobody is refunded or answered twice,
//! and every case ends.

mod cluster;
mod proxy;
mod server;

mod copies;
mod cut_off;
mod differing;
mod frozen;
mod killed;
mod races;
mod stopped;
